"""Whose call a user means by a word."""

import pytest

from airhail.supervisor.commands.documents import Incoming
from airhail.supervisor.commands.incoming import meant_by

KITCHEN = Incoming("5f1c9a0e37d24b86", 1.0, "Kitchen", "02:00:00:00:00:0a")
POSER = Incoming("0e37d24b865f1c9a", 1.0, "02:00:00:00:00:0A", "02:00:00:00:00:0b")
NAMESAKE = Incoming("1111111111111111", 1.0, "5f1c9a0e37d24b86")


@pytest.mark.parametrize(
    ("meant", "calls"),
    [
        (None, [KITCHEN, POSER, NAMESAKE]),
        ("02:00:00:00:00:0a", [KITCHEN]),
        ("02-00-00-00-00-0A", [KITCHEN]),
        ("5F1C9A0E37D24B86", [KITCHEN]),
        (" kitchen", [KITCHEN]),
        ("02:00:00:00:00:0c", []),
        ("", []),
    ],
)
def test_an_address_comes_before_a_trust_id_and_that_before_a_name(meant: str | None, calls: list[Incoming]) -> None:
    assert meant_by(meant, [KITCHEN, POSER, NAMESAKE]) == calls
