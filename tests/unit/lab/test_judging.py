import pytest

from tests.lab.guest.failure import Failed
from tests.lab.guest.judging import AWAY_S, Said, excused, expect_in_time
from tests.lab.guest.pinging import Span

# When the link died, and how long it took alpha to find out.
BEGUN, AFTER = 100.0, 6.0


@pytest.mark.parametrize(
    ("own", "peers", "seconds"),
    [
        ([], [], 0.0),
        ([(101.0, 103.0)], [], 2.0),
        # Only what lies between the two moments counts.
        ([(90.0, 99.0), (98.0, 101.0), (105.0, 112.0), (113.0, 120.0)], [], 2.0),
        # The peer's scan excuses only whom it had told of it.
        ([], [(90.0, 99.0), (101.0, 108.0)], 0.0),
        ([], [(99.0, 103.0)], AWAY_S - 1.0),
        ([], [(94.0, 101.0)], 0.0),
    ],
)
def test_an_end_is_excused_by_its_own_scans_and_by_one_that_it_was_told_of(
    own: list[Span], peers: list[Span], seconds: float
) -> None:
    assert excused("alpha", AFTER, {"alpha": own, "beta": peers}, BEGUN) == seconds


def test_no_end_may_take_longer_because_the_other_one_scanned() -> None:
    said = {name: Said("dead", "peer-silent", after) for name, after in (("alpha", 6.0), ("beta", 9.0))}
    scans = {"alpha": [], "beta": [(101.0, 106.0)]}
    excuses = {name: excused(name, one.after, scans, BEGUN) for name, one in said.items()}
    with pytest.raises(Failed, match=r"alpha.*after=6\.0"):
        expect_in_time(said, excuses, 4.0)
    del said["alpha"]
    expect_in_time(said, excuses, 4.0)
