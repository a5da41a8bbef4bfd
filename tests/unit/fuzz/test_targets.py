"""Every fuzz target's invariant on its seeds, on what it once found, and on inputs drawn here."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import WATCHED, load


@pytest.mark.parametrize("name", WATCHED)
def test_seeds_keep_the_invariant(name: str) -> None:
    target = load(name)
    assert target.seeds
    assert target.invariant.endswith(".")
    for seed in target.seeds:
        target.check(seed)


@pytest.mark.parametrize("name", WATCHED)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_damaged_seeds_keep_the_invariant(name: str, data: st.DataObject) -> None:
    target = load(name)
    damaged = bytearray(data.draw(st.sampled_from(target.seeds)))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged)))
        damaged[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    target.check(bytes(damaged))


@pytest.mark.parametrize("name", WATCHED)
@settings(deadline=None, max_examples=50)
@given(data=st.binary(max_size=100))
def test_random_bytes_keep_the_invariant(name: str, data: bytes) -> None:
    load(name).check(data)
