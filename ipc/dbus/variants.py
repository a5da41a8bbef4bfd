"""Variants: taken off what arrives, put on what is sent, both led by the signature."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jeepney.low_level import Array, DictEntry, Endianness, Struct, Variant, parse_signature

TypedValue = tuple[str, Any]
"""A D-Bus signature and a value of that type: how a variant is sent, `("s", "p2p")`."""


# The signatures met are those of a few services' methods and properties: some dozens.
@lru_cache(maxsize=512)
def kind_of(signature: str) -> Any:
    """Return the parsed form of one complete type; raises ValueError when it is none."""
    tokens = list(signature)
    try:
        kind = parse_signature(tokens)
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{signature!r} is not a D-Bus signature") from error
    if tokens:
        raise ValueError(f"{signature!r} is more than one complete D-Bus type")
    return kind


def complete_types(signature: str) -> list[str]:
    """Return the complete types that `signature` is made of; raises ValueError when it is none."""
    tokens, types = list(signature), []
    while tokens:
        before = len(tokens)
        try:
            parse_signature(tokens)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{signature!r} is not a D-Bus signature") from error
        start = len(signature) - before
        types.append(signature[start : start + before - len(tokens)])
    return types


def plain(value: Any, signature: str) -> Any:
    """Return `value`, decoded as `signature` says, with every variant replaced by what it holds.

    The signature must lead: a struct of a string and a number looks just like a variant.
    """
    return value if "v" not in signature else plain_of(value, kind_of(signature))


def plain_of(value: Any, kind: Any) -> Any:
    """Do the work of `plain` for an already parsed type."""
    if isinstance(kind, Variant):
        signature, inner = value
        return plain(inner, signature)
    if isinstance(kind, Array):
        if isinstance(kind.elt_type, DictEntry):
            key_kind, value_kind = kind.elt_type.fields
            return {plain_of(key, key_kind): plain_of(inner, value_kind) for key, inner in value.items()}
        return [plain_of(item, kind.elt_type) for item in value] if isinstance(value, list) else value
    if isinstance(kind, Struct):
        return tuple(plain_of(item, field) for item, field in zip(value, kind.fields, strict=True))
    return value


def checked(pairs: Mapping[str, TypedValue], where: str) -> dict[str, TypedValue]:
    """Return `pairs` as the `a{sv}` to send; raises ValueError naming the key whose value does not fit."""
    for key, (signature, value) in pairs.items():
        check_fits(value, signature, f"{where}.{key}")
    return dict(pairs)


def check_fits(value: Any, signature: str, what: str) -> None:
    """Raise ValueError, saying `what` it is, when `value` is none of the type `signature`."""
    try:
        kind_of(signature).serialise(value, 0, Endianness.little)
    except Exception as error:  # A value of a wrong type fails wherever jeepney first touches it.
        raise ValueError(f"{what}: {value!r} does not fit the D-Bus type {signature!r}: {error}") from error
