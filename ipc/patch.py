"""JSON Merge Patch (RFC 7396): how one document becomes the next.

A patch cannot say null: null in a patch removes the entry. Documents therefore hold none in their maps
(null inside an array is data and stays).
"""

from collections.abc import Mapping
from typing import Any


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the smallest patch that turns *old* into *new*; empty when they are the same."""
    patch: dict[str, Any] = dict.fromkeys(old.keys() - new.keys())
    for key, value in new.items():
        before = old.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            if inner := diff(before, value):
                patch[key] = inner
        elif key not in old or not same(before, value):
            patch[key] = value
    return patch


def apply(old: Any, patch: Any) -> Any:
    """Return *old* changed as *patch* says (RFC 7396 section 2); neither argument is changed."""
    if not isinstance(patch, Mapping):
        return patch
    new = dict(old) if isinstance(old, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            new.pop(key, None)
        else:
            new[key] = apply(new.get(key), value)
    return new


def same(a: Any, b: Any) -> bool:
    """Compare as JSON does: Python alone takes True, 1 and 1.0 for equal."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(value, b[key]) for key, value in a.items())
    return bool(a == b)
