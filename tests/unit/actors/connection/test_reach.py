import pytest

from airhail.actors.connection.reach import best

FIXED, LEASED = "10.140.223.2", "10.140.223.205"


@pytest.mark.parametrize(
    ("answering", "asked", "chosen"),
    [
        ([], False, None),
        ([], True, None),
        ([FIXED], False, FIXED),
        ([LEASED, FIXED], True, FIXED),
        ([LEASED], True, LEASED),
        # An adopted link: the peer may well answer at the fixed address too, nobody has asked there.
        ([LEASED], False, None),
    ],
)
def test_the_expected_address_goes_before_one_that_happens_to_be_known(
    answering: list[str], asked: bool, chosen: str | None
) -> None:
    assert best([FIXED], answering, asked) == chosen


def test_without_an_expectation_any_answer_will_do() -> None:
    assert best([], [LEASED], True) == LEASED
