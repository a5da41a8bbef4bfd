"""A core's states, events and effects as plain data, and back.

What a value is becomes plain by the annotations of the core's own dataclasses, so nothing is registered class by
class. A dataclass is a map of its fields with its name under "is", an enum member is its name, a frozenset a sorted
list; bytes are hexadecimal, numbers that JSON has not (inf) are words, and a map whose keys are no strings is a list
of pairs.
"""

import dataclasses
import enum
import functools
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import NoneType, UnionType
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

import msgspec

IS = "is"
"""Under this key a map says which dataclass it is."""


PLAIN = frozenset({NoneType, bool, int, str})


class Unreadable(ValueError):
    """Data is not what the code expects: it was written by other code, or damaged."""


def encode(value: Any) -> Any:
    """Return *value* as what JSON can say; TypeError for what no core should hold."""
    kind = type(value)
    # Most of what a core holds, and quicker told than by what it is an instance of.
    if kind in PLAIN:
        return value
    if dataclasses.is_dataclass(kind):
        return {IS: kind.__name__} | {name: encode(getattr(value, name)) for name in field_names(kind)}
    match value:
        # Members of IntEnum and StrEnum are numbers and strings too, and flags can be combined.
        case enum.Flag():
            return value.value
        case enum.Enum():
            return value.name
        case float():
            return value if math.isfinite(value) else repr(value)
        case bytes():
            return value.hex()
        case Mapping():
            pairs = [(encode(key), encode(item)) for key, item in value.items()]
            named = all(isinstance(key, str) for key, _ in pairs)
            return dict(pairs) if named else [list(pair) for pair in pairs]
        case AbstractSet():
            return sorted(map(encode, value), key=msgspec.json.encode)
        case tuple() | list():
            return [encode(item) for item in value]
    raise TypeError(f"a {kind.__name__} cannot be recorded: {value!r:.80}")


def decode(data: Any, hint: Any, where: str = "") -> Any:
    """Return what *data* says as a value of the annotation *hint*.

    Entries that the code does not know are passed over, and those that are missing take their defaults, so that
    a recording can be played on code that has changed. Raises Unreadable, which names the place.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return decode_union(data, arguments, where)
    if origin is not None:
        return decode_collection(data, origin, arguments, where)
    if isinstance(hint, NewType):
        return decode(data, hint.__supertype__, where)
    if hint is Any:
        return data
    if dataclasses.is_dataclass(hint):
        return decode_dataclass(data, hint, where)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return decode_enum(data, hint, where)
    return decode_plain(data, hint, where)


def decode_plain(data: Any, kind: Any, where: str) -> Any:
    """Return a string, a number, a truth value, bytes or None."""
    try:
        if kind is bytes:
            return bytes.fromhex(data)
        if kind is float and type(data) in (int, str):
            return float(data)
    except (TypeError, ValueError) as error:
        raise unreadable(data, kind.__name__, where) from error
    # By its very type: a truth value is no number here.
    if type(data) is kind:
        return data
    raise unreadable(data, getattr(kind, "__name__", str(kind)), where)


def decode_enum(data: Any, kind: type[enum.Enum], where: str) -> enum.Enum:
    """Return a member by its name, or flags by their number."""
    try:
        return kind(data) if issubclass(kind, enum.Flag) else kind[data]
    except (KeyError, ValueError) as error:
        raise unreadable(data, f"member of {kind.__name__}", where) from error


def decode_dataclass(data: Any, kind: Any, where: str) -> Any:
    """Return an instance of the dataclass *kind*."""
    if not isinstance(data, Mapping) or data.get(IS) != kind.__name__:
        raise unreadable(data, kind.__name__, where)
    hints = hints_of(kind)
    known = {name: decode(data[name], hints[name], f"{where}.{name}") for name in field_names(kind) if name in data}
    try:
        return kind(**known)
    except TypeError as error:
        raise Unreadable(f"{where or kind.__name__}: {error}") from error


def decode_union(data: Any, members: Sequence[Any], where: str) -> Any:
    """Return a value of one of the members: the dataclass that is named, or the first that takes it."""
    if data is None and NoneType in members:
        return None
    if isinstance(data, Mapping) and IS in data:
        members = [one for one in members if getattr(one, "__name__", "") == data[IS]]
    for member in members:
        try:
            return decode(data, member, where)
        except Unreadable:
            if len(members) == 1:
                raise
    raise unreadable(data, "anything that is known here", where)


def decode_collection(data: Any, origin: Any, arguments: Sequence[Any], where: str) -> Any:
    """Return a map, set, tuple or list."""
    if issubclass(origin, Mapping):
        pairs = list(data.items()) if isinstance(data, Mapping) else items(data, where)
        key_hint, item_hint = arguments
        return {decode(key, key_hint, where): decode(item, item_hint, f"{where}[{key!r}]") for key, item in pairs}
    entries = items(data, where)
    if issubclass(origin, tuple) and arguments[-1] is not Ellipsis:
        if len(entries) != len(arguments):
            raise unreadable(data, f"list of {len(arguments)}", where)
        return tuple(decode(item, hint, where) for item, hint in zip(entries, arguments, strict=True))
    decoded = (decode(item, arguments[0], f"{where}[{number}]") for number, item in enumerate(entries))
    if issubclass(origin, AbstractSet):
        return frozenset(decoded)
    # A core's sequences are tuples: its state is hashable and nobody changes it.
    return list(decoded) if issubclass(origin, list) else tuple(decoded)


def items(data: Any, where: str) -> list[Any]:
    """Return a list as it is."""
    if not isinstance(data, list):
        raise unreadable(data, "list", where)
    return data


def unreadable(data: Any, wanted: str, where: str) -> Unreadable:
    """Return the error that says what stands where something else is wanted."""
    found = data[IS] if isinstance(data, Mapping) and IS in data else data
    return Unreadable(f"{where or 'here'}: {found!r:.80} is no {wanted}")


@functools.cache
def field_names(kind: type) -> tuple[str, ...]:
    """Return the names of the fields that make up a dataclass."""
    return tuple(field.name for field in dataclasses.fields(kind) if field.init)


@functools.cache
def hints_of(kind: type) -> Mapping[str, Any]:
    """Return the annotations of a dataclass, with names made into types."""
    return get_type_hints(kind)
