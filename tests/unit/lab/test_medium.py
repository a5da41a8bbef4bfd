import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.guest.medium import (
    DEAF_DBM,
    Dice,
    Frame,
    Heard,
    Medium,
    Path,
    Rate,
    dropped,
    heard_by,
    path_over,
    routed,
    taken,
    told,
)

ALPHA, BETA, GAMMA = "42:00:00:00:00:00", "42:00:00:00:01:00", "42:00:00:00:02:00"
RATES = (Rate(7, 2), Rate(4, 1), Rate(0, 3))
EVERYBODY = "ff:ff:ff:ff:ff:ff"
SILENCE = Path(signal=-60, loss=1.0)


def three() -> Medium:
    medium = Medium()
    for radio in (ALPHA, BETA, GAMMA):
        medium = taken(medium, radio, address_of(radio))
    return medium


def address_of(radio: str) -> str:
    return "02" + radio[2:]


def frame(to: str = address_of(BETA), wants_ack: bool = True) -> Frame:
    return Frame(ALPHA, to, RATES, wants_ack)


def thrown(*values: float) -> Dice:
    return iter(values).__next__


def radios(heard: Iterable[Heard]) -> list[str]:
    return [share.radio for share in heard]


def never_lost() -> float:
    return 0.0


def test_on_clear_paths_everybody_hears_the_first_try_and_one_acknowledges_it() -> None:
    heard = heard_by(three(), frame(), never_lost)
    assert radios(heard) == [BETA, GAMMA]
    assert told(frame(), heard, [BETA, GAMMA]).acked
    assert told(frame(), heard, [BETA, GAMMA]).spent == (Rate(7, 1),)


def test_a_frame_to_all_is_never_acknowledged() -> None:
    to_all = frame(EVERYBODY, wants_ack=False)
    heard = heard_by(three(), to_all, never_lost)
    assert radios(heard) == [BETA, GAMMA]
    assert not told(to_all, heard, [BETA, GAMMA]).acked


def test_who_is_out_of_range_hears_nothing() -> None:
    medium = routed(three(), ALPHA, BETA, None)
    heard = heard_by(medium, frame(), never_lost)
    assert radios(heard) == [GAMMA]
    assert told(frame(), heard, [GAMMA]).spent == RATES
    assert not told(frame(), heard, [GAMMA]).acked


def test_a_radio_that_was_not_on_the_channel_does_not_acknowledge() -> None:
    heard = heard_by(three(), frame(), never_lost)
    assert not told(frame(), heard, [GAMMA]).acked


def test_an_address_that_nobody_has_is_not_acknowledged() -> None:
    stray = frame("02:00:00:00:09:00")
    assert not told(stray, heard_by(three(), stray, never_lost), [BETA, GAMMA]).acked


def test_tries_go_on_through_the_rates_until_one_is_heard_and_acknowledged() -> None:
    medium = routed(routed(three(), ALPHA, BETA, Path(-60, loss=0.5)), BETA, ALPHA, Path(-70, loss=0.5))
    # lost, heard but the acknowledgement lost, lost, heard and acknowledged; then gamma's own throw.
    heard = heard_by(medium, frame(), thrown(0.1, 0.9, 0.1, 0.1, 0.9, 0.9, 0.9))
    assert heard[0] == Heard(BETA, Path(-60, loss=0.5), rate=7, ack=(4, -70))
    answer = told(frame(), heard, [BETA])
    assert answer.acked
    assert answer.spent == (Rate(7, 2), Rate(4, 1), Rate(0, 1))
    assert answer.signal == -70


def test_what_is_heard_may_still_count_as_lost_to_its_sender() -> None:
    medium = routed(three(), BETA, ALPHA, None)
    heard = heard_by(medium, frame(), never_lost)
    assert radios(heard) == [BETA, GAMMA]
    assert not told(frame(), heard, [BETA, GAMMA]).acked


@given(st.integers(), st.floats(0, 1), st.floats(0, 1))
def test_no_sender_is_told_of_more_tries_than_it_asked_for(seed: int, there: float, back: float) -> None:
    medium = routed(routed(three(), ALPHA, BETA, Path(loss=there)), BETA, ALPHA, Path(loss=back))
    answer = told(frame(), heard_by(medium, frame(), random.Random(seed).random), [BETA])
    assert 1 <= sum(rate.tries for rate in answer.spent) <= sum(rate.tries for rate in RATES)
    assert [rate.index for rate in answer.spent] == [rate.index for rate in RATES][: len(answer.spent)]


def test_a_path_that_loses_everything_is_never_heard() -> None:
    assert radios(heard_by(routed(three(), ALPHA, BETA, SILENCE), frame(), random.Random(1).random)) == [GAMMA]


def test_an_address_taken_twice_is_kept_until_it_is_dropped_twice() -> None:
    medium = taken(three(), BETA, address_of(BETA))  # a scan takes its interface's address once more
    medium = dropped(medium, BETA, address_of(BETA))
    assert told(frame(), heard_by(medium, frame(), never_lost), [BETA]).acked
    medium = dropped(medium, BETA, address_of(BETA))
    assert not told(frame(), heard_by(medium, frame(), never_lost), [BETA]).acked
    assert dropped(medium, BETA, address_of(BETA)) == medium


@pytest.mark.parametrize(("metres", "signal", "loss"), [(1, -20, 0.0), (10, -50, 0.0), (60, -73, 0.0)])
def test_near_paths_lose_nothing(metres: float, signal: int, loss: float) -> None:
    assert path_over(metres) == Path(signal=signal, loss=loss)


def test_paths_fade_with_distance_until_nothing_is_heard() -> None:
    paths = [path_over(metres) for metres in range(1, 300)]
    reached = [path for path in paths if path is not None]
    assert paths == reached + [None] * (len(paths) - len(reached))
    assert [path.loss for path in reached] == sorted(path.loss for path in reached)
    assert reached[-1].signal == DEAF_DBM
    assert 0.9 < reached[-1].loss < 1.0
