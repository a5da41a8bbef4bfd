"""`airhail pair`: what it asks, which answers it understands, and how it tells the end."""

import pytest

from airhail.supervisor.commands.documents import PairingState
from airhail.supervisor.commands.pair import question, told, understood


@pytest.mark.parametrize(
    ("step", "line", "answer"),
    [
        ("compare", "yes", {"yes": True}),
        ("compare", "y", {"yes": True}),
        ("compare", "no", {"yes": False}),
        ("compare", "123456", None),
        ("compare", "", None),
        ("type", "012345", {"yes": True, "typed": "012345"}),
        ("type", "12345", None),
        ("type", "yes", None),
        ("type", "no", {"yes": False}),
        ("type", "١٢٣٤٥٦", None),
    ],
)
def test_answers(step: str, line: str, answer: dict[str, object] | None) -> None:
    assert understood(step, line) == answer


def test_questions_name_the_other_device() -> None:
    compare = PairingState("compare", "00:aa:01:00:00:00", "alpha", digits="012345")
    assert question(compare) == "012345  Does alpha (00:aa:01:00:00:00) show the same number? [yes/no]"
    assert question(PairingState("type")) == "Which number does the other device show? (six digits, or no)"


def test_the_end_is_told_with_what_to_do_next() -> None:
    bonded = PairingState("over", "00:aa:01:00:00:00", bonded=True)
    assert told(bonded) == ["bonded with 00:aa:01:00:00:00: either can wake the other from now on"]
    failed = PairingState("over", reason="x", sentence="It failed.", advice="Try again.", detail="why")
    assert told(failed) == ["no bond: It failed. (why)", "  Try again."]
