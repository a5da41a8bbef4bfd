import io

from tests.lab.outside.result import Outcome
from tests.lab.outside.rungs import Question, cell, show_table, trials_of
from tests.lab.outside.runs import Play


def trial(rung: str, linked: bool, seconds: float, marks: tuple[int, int] = (2, 0)) -> dict[str, object]:
    before, after = marks
    return {
        "rung": rung,
        "linked": linked,
        "seconds": seconds,
        "before": {"marks": before, "groups": 2},
        "after": {"marks": after, "groups": 0},
        "disturbed": ["finds ended"] if rung == "dance" else [],
        "seed": 7,
    }


def test_a_cell_tells_how_often_and_how_fast_with_the_cure() -> None:
    trials = [trial("dance", True, 12.04), trial("dance", False, 50.0, (2, 1)), trial("dance", True, 20.0)]
    told = cell("both-alone", "dance", trials)
    assert told == {
        "state": "both-alone",
        "rung": "dance",
        "n": 3,
        "linked": 2,
        "failed": [7],
        "median_s": 16.0,
        "max_s": 20.0,
        "marks_before": 6,
        "marks_after": 1,
        "groups_before": 6,
        "groups_after": 0,
        "disturbed": ["finds ended"],
    }
    out = io.StringIO()
    show_table([told, cell("both-alone", "quiet", [])], out)
    assert "| both-alone | dance | 2/3 | 16.0, 20.0 | 6 to 1 | 6 to 0 | finds ended |" in out.getvalue()
    assert "| both-alone | quiet | 0/0 |  | 0 to 0 | 0 to 0 | - |" in out.getvalue()


def test_trials_are_those_of_the_state_and_the_rung_that_were_made() -> None:
    plays = [
        Play(1, "", {"state": "one-alone"}),
        Play(1, "", {"state": "both-alone"}),
        Play(2, "", {"state": "both-alone"}),
    ]
    mine = trial("none", True, 5.0)
    facts = [{"trials": [trial("none", True, 9.0)]}, {"trials": [trial("dance", True, 7.0), mine]}, {}]
    outcomes = [Outcome(n, 1, True, "", {}, 1.0, "", told) for n, told in enumerate(facts)]
    assert trials_of(plays, outcomes, "both-alone", "none") == [{**mine, "seed": 1}]


def test_a_question_is_answered_in_boots_of_a_few_trials_that_can_be_played_again() -> None:
    rungs = ["none", "dance", "quiet", "managed"]
    first, second, *_ = plays = Question(["one-alone"], rungs, range(3, 5), 0.3).plays()
    assert [play.seed for play in plays] == [3, 3, 4, 4]
    assert first.parameters == {"state": "one-alone", "rungs": rungs[:3], "gap_s": 0.3}
    assert second.parameters["rungs"] == ["managed"]
    assert second.again == "scripts/lab rungs --state one-alone --rung managed --gap 0.3 --runs 1 --seed 3"
