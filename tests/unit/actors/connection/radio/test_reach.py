import pytest

from airhail.actors.connection.radio.reach import PATIENT_ROUNDS, best

FIXED, LEASED = "10.140.223.2", "10.140.223.205"


@pytest.mark.parametrize(
    ("answering", "rounds", "chosen"),
    [
        ([], 0, None),
        ([], PATIENT_ROUNDS, None),
        ([FIXED], 0, FIXED),
        ([LEASED, FIXED], PATIENT_ROUNDS, FIXED),
        ([LEASED], PATIENT_ROUNDS, LEASED),
        # An adopted link: the peer may well answer at the fixed address too, nobody has asked there.
        ([LEASED], PATIENT_ROUNDS - 1, None),
    ],
)
def test_the_expected_address_goes_before_one_that_happens_to_be_known(
    answering: list[str], rounds: int, chosen: str | None
) -> None:
    assert best([FIXED], answering, rounds) == chosen


def test_without_an_expectation_any_answer_will_do() -> None:
    assert best([], [LEASED], PATIENT_ROUNDS) == LEASED
