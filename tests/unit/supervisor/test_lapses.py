import pytest

from airhail.supervisor.lapses import LATE, Lapses


@pytest.fixture
def lapses() -> Lapses:
    """Last looked at 100 s, on a machine that has been suspended for 5 s."""
    return Lapses(100.0, 5.0)


@pytest.mark.parametrize(
    ("due", "now", "suspended", "noticed"),
    [
        (103.0, 101.0, 5.0, False),  # woken early, by an event
        (103.0, 103.0, 5.0, False),
        (103.0, 103.0 + LATE, 5.0, False),
        (103.0, 104.5, 5.0, True),  # stopped, or starved
        (float("inf"), 1e6, 5.0, False),  # nobody waits for anything
        (103.0, 101.0, 6.5, True),  # suspended
        (103.0, 101.0, 5.5, False),
        (90.0, 100.5, 5.0, False),  # it was late before the last look: that has been noticed then
        (90.0, 102.0, 5.0, True),
    ],
)
def test_lapses(lapses: Lapses, due: float, now: float, suspended: float, noticed: bool) -> None:
    assert lapses.noticed(due, now, now + suspended) is noticed


def test_each_lapse_is_noticed_once(lapses: Lapses) -> None:
    assert lapses.noticed(103.0, 200.0, 205.0)
    assert not lapses.noticed(103.0, 200.0, 205.0)
    assert lapses.noticed(300.0, 201.0, 301.0)
    assert not lapses.noticed(300.0, 202.0, 302.0)


def test_the_first_look_has_nothing_to_compare_with() -> None:
    lapses = Lapses(float("inf"), float("inf"))
    assert not lapses.noticed(0.0, 1000.0, 2000.0)
    assert lapses.noticed(0.0, 1002.0, 2002.0)
