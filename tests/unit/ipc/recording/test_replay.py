"""A recording is played again, and what this code does otherwise is found."""

from dataclasses import replace

from airhail.ipc.recording.codec import encode
from airhail.ipc.recording.lines import Begin, Step
from airhail.ipc.recording.replay import Change, Replayed, differences, first_difference, replay, words
from tests.unit.ipc.recording.machine import CORE, HIGH, LOW, Broke, Lost, Met, Peer, State, edited, recorded

STORY = recorded(State(own=HIGH), Met(Peer(LOW, "kitchen")), Lost(LOW, "bored"), Met(Peer(LOW)), Broke())


def test_the_same_code_decides_the_same() -> None:
    found = list(replay(CORE, STORY))
    assert isinstance(found[0], Begin)
    steps = [one for one in found if isinstance(one, Replayed)]
    assert [one.number for one in steps] == [1, 2, 3, 4]
    assert [one.elapsed for one in steps] == [0.0, 1.0, 2.0, 3.0]
    assert steps[0].outcome == f"Move(first='{LOW}')"
    assert steps[0].changes == [Change(f"peers.{LOW}", None, encode(Peer(LOW, "kitchen")))]
    assert steps[3].outcome == "raised ZeroDivisionError: at 3"
    assert first_difference(CORE, STORY) == ""


def test_changed_code_is_found_out() -> None:
    changed = replace(CORE, step=lambda state, event, now: (state, []))
    assert first_difference(changed, STORY) == f"step 1: nothing; recorded was: Move(first='{LOW}')"


def test_code_that_fails_now() -> None:
    def fails(state: State, event: object, now: float) -> tuple[State, list[object]]:
        raise KeyError(now)

    found = [one for one in replay(replace(CORE, step=fails), STORY) if isinstance(one, Replayed)]
    assert [one.raised for one in found] == ["KeyError: 0.0"], "there is no state from which to go on"


def test_what_this_code_does_not_know_is_a_difference() -> None:
    unknown = Step(0.0, {"is": "Gone"})
    assert "step 1: raised Unreadable: the event: 'Gone'" in first_difference(CORE, edited(STORY, unknown))
    nothing = replace(STORY, lines=(Begin({"is": "Other"}, 0, "a"), *STORY.lines[1:]))
    assert "step 1: raised Unreadable: the state: 'Other'" in first_difference(CORE, nothing)


def test_each_state_begins_anew() -> None:
    again = recorded(State(own=LOW), Met(Peer(HIGH)))
    both = replace(STORY, lines=STORY.lines + again.lines)
    found = [one for one in replay(CORE, both) if isinstance(one, Replayed)]
    assert [(one.number, one.elapsed, one.difference) for one in found][4:] == [(5, 0.0, "")]


def test_changes_are_told_where_they_are() -> None:
    before = {"a": 1, "b": [1, {"c": 2}], "d": [1], "gone": 0}
    after = {"a": 1, "b": [1, {"c": 3}], "d": [1, 2], "new": {}}
    assert list(differences(before, after)) == [
        Change("b[1].c", 2, 3),
        Change("d", [1], [1, 2]),
        Change("gone", 0, None),
        Change("new", None, {}),
    ]


def test_words() -> None:
    value = {"is": "Met", "peer": {"is": "Peer", "address": "a"}, "more": [1, None, {"k": True}]}
    assert words(value) == "Met(peer=Peer(address='a'), more=[1, None, {k: True}])"
