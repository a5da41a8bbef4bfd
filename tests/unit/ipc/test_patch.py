import copy
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.ipc.patch import apply, diff, same

# RFC 7396, Appendix A: original, patch, result.
APPENDIX: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]
# RFC 7396, section 3.
EXAMPLE = {
    "title": "Goodbye!",
    "author": {"givenName": "John", "familyName": "Doe"},
    "tags": ["example", "sample"],
    "content": "This will be unchanged",
}
EXAMPLE_PATCH = {
    "title": "Hello!",
    "phoneNumber": "+01-123-456-7890",
    "author": {"familyName": None},
    "tags": ["example"],
}
EXAMPLE_RESULT = {
    "title": "Hello!",
    "author": {"givenName": "John"},
    "tags": ["example"],
    "content": "This will be unchanged",
    "phoneNumber": "+01-123-456-7890",
}

scalars = st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, "", "x"])
keys = st.sampled_from(["a", "b", "c", "d"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner | st.none(), max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
documents = st.dictionaries(keys, values, max_size=4)


@pytest.mark.parametrize(("original", "patch", "result"), [*APPENDIX, (EXAMPLE, EXAMPLE_PATCH, EXAMPLE_RESULT)])
def test_examples_of_the_standard(original: Any, patch: Any, result: Any) -> None:
    assert apply(original, patch) == result


def test_diff_finds_the_standards_own_patch() -> None:
    assert diff(EXAMPLE, EXAMPLE_RESULT) == EXAMPLE_PATCH


@given(documents, documents)
def test_round_trip(old: dict[str, Any], new: dict[str, Any]) -> None:
    before = copy.deepcopy((old, new))
    assert same(apply(old, diff(old, new)), new)
    assert (old, new) == before


@given(documents)
def test_no_change_is_an_empty_patch(state: dict[str, Any]) -> None:
    assert diff(state, copy.deepcopy(state)) == {}


@given(documents, documents)
def test_empty_patch_means_no_change(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert bool(diff(old, new)) is not same(old, new)


@given(st.lists(documents, min_size=1, max_size=6))
def test_deltas_in_order_lead_to_the_end(states: list[dict[str, Any]]) -> None:
    mirror = states[0]
    for old, new in pairwise(states):
        mirror = apply(mirror, diff(old, new))
    assert same(mirror, states[-1])


def test_one_and_true_differ() -> None:
    assert diff({"a": 1, "b": [1]}, {"a": True, "b": [1.0]}) == {"a": True, "b": [1.0]}
