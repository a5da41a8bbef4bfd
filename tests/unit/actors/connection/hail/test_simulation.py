"""Two ends in bad worlds: see `world`. A hundred thousand of them are played by `simulate`."""

import pytest

from tests.unit.actors.connection.hail.simulate import run

# Few enough for every run of the tests, and together they pass through every stage.
WORLDS = 240
PARTS = 6


@pytest.mark.parametrize("part", range(PARTS))
def test_every_world_ends_in_a_link_or_a_reason(part: int) -> None:
    each = WORLDS // PARTS
    totals = run(part * each, each)
    assert totals.linked > each / 2
    assert totals.crashes
