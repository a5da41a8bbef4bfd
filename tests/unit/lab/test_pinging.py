import pytest

from tests.lab.guest.failure import Failed
from tests.lab.guest.pinging import expect_answered, inside, outside, spans


def test_a_scan_lasts_from_its_beginning_to_its_end() -> None:
    assert spans([(1.0, True), (1.5, True), (2.0, False), (3.0, False), (4.0, True)], 9.0) == [(1.0, 2.0), (4.0, 9.0)]


def test_pings_that_a_scan_may_have_cost_are_not_judged() -> None:
    # Sent at 100.0, 100.1 and so on; the scan begins with the fifth and ends with the eighth.
    assert list(outside(12, 100.0, [(100.4, 100.7)])) == [1, 2, 11, 12]
    assert list(outside(3, 100.0, [])) == [1, 2, 3]


def test_the_time_of_scans_between_two_moments_is_what_lies_between_them() -> None:
    assert inside([(0.0, 2.0), (3.0, 4.0), (5.0, 9.0), (10.0, 11.0)], 1.0, 6.0) == 3.0


@pytest.mark.parametrize(
    ("judged", "lost", "holds"),
    [
        (100, 10, True),
        (100, 11, False),
        # A scan over most of it excuses none of the rest.
        (10, 1, True),
        (10, 2, False),
        (10, 10, False),
        # Nothing is shown by what was not looked at.
        (9, 0, False),
        (0, 0, False),
    ],
)
def test_of_the_judged_pings_one_in_ten_may_be_lost(judged: int, lost: int, holds: bool) -> None:
    numbers = range(1, judged + 1)
    if holds:
        expect_answered("alpha", 100, numbers, numbers[lost:])
    else:
        with pytest.raises(Failed, match="alpha"):
            expect_answered("alpha", 100, numbers, numbers[lost:])
