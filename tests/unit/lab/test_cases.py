import re
from pathlib import Path

import pytest

from tests.lab.cases import CASES, WAYS, End, way_of
from tests.lab.guest.cures import CURES
from tests.lab.guest.prelude import PRELUDES
from tests.lab.guest.stuck import STATES as MADE
from tests.lab.rungs import RUNGS, STATES

TIMED_OUT = "supplicant-timeout"
IDLE = End(asked=1, reasons=(), activated=False, lost=False)
UP = End(asked=1, reasons=(), activated=True, lost=False)


@pytest.mark.parametrize(
    ("way", "ends"),
    [
        ("never-seen", (End(0, (), False, False), End(1, (TIMED_OUT,), False, False))),
        ("both-timed-out", (End(1, (TIMED_OUT,), False, False), End(2, ("peer-not-found", TIMED_OUT), True, True))),
        ("one-timed-out", (End(1, (TIMED_OUT,), False, False), UP)),
        ("lost", (End(2, ("supplicant-disconnect",), False, True), UP)),
        ("no-address", (UP, UP)),
        ("not-found", (End(1, ("peer-not-found",), False, False), IDLE)),
        ("failed-otherwise", (End(2, ("peer-not-found", "supplicant-failed"), False, False), IDLE)),
        ("still-trying", (IDLE, UP)),
    ],
)
def test_a_failure_has_one_word(way: str, ends: tuple[End, End]) -> None:
    assert way_of(ends) == way
    assert way_of(ends[::-1]) == way


def test_every_word_is_told() -> None:
    assert way_of((IDLE, IDLE)) in WAYS


def test_what_may_be_asked_for_is_what_the_guest_can_play() -> None:
    assert PRELUDES.keys() == CASES.keys()
    assert MADE.keys() == STATES.keys()
    assert CURES.keys() == RUNGS.keys()


def test_the_page_on_recovery_names_every_state_and_rung() -> None:
    page = (Path(__file__).parents[3] / "docs" / "recovery.md").read_text()
    lists = page.partition("The states:")[2].partition("## ")[0]
    named = re.findall(r"`([\w-]+)`(?=[,:])", lists)
    assert named == [*STATES, *RUNGS]
