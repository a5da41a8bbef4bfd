"""msgpack, kept to what JSON can say: maps with string keys, arrays, strings, numbers, booleans, null."""

import math
from collections.abc import Mapping
from typing import Any, NoReturn

import msgpack
import msgspec

from airhail.ipc.errors import ErrorName, LocalProtocolError, RemoteProtocolError
from airhail.ipc.limits import MAX_DEPTH, MAX_DOCUMENT_DEPTH, MAX_FRAME, MAX_ITEMS


class ShapeError(ValueError):
    """A value is not one that the wire carries."""


def pack(message: Mapping[str, Any]) -> bytes:
    """Encode one map; LocalProtocolError when it is outside the limits or the wire's types."""
    try:
        check_shape(message, MAX_DEPTH)
        body: bytes = msgpack.packb(message)
    except (ValueError, OverflowError) as error:
        raise LocalProtocolError(f"this cannot be sent: {error}") from error
    if len(body) > MAX_FRAME:
        raise LocalProtocolError(f"a message of {len(body)} bytes cannot be sent: at most {MAX_FRAME} fit")
    return body


def unpack(body: bytes) -> dict[str, Any]:
    """Decode one map; RemoteProtocolError for anything else, whatever the bytes are."""
    try:
        message = msgpack.unpackb(
            body,
            max_array_len=MAX_ITEMS,
            max_map_len=MAX_ITEMS,
            ext_hook=refuse_extension,
        )
        check_shape(message, MAX_DEPTH)
    # ValueError covers bad nesting, bad UTF-8, bad keys, missing and extra bytes; the rest is
    # msgpack's own base class (msgpack/exceptions.py: OutOfData, BufferFull).
    except (ValueError, msgpack.UnpackException) as error:
        raise RemoteProtocolError(ErrorName.BAD_FRAME, f"a frame of {len(body)} bytes: {error}") from error
    if not isinstance(message, dict):
        raise RemoteProtocolError(ErrorName.BAD_FRAME, f"a frame holds a {kind(message)}: a map is expected")
    return message


def document(value: Any) -> dict[str, Any]:
    """Return *value*, a map or a Struct, as the plain nested map that can be published.

    Entries that are None are left out, at every level: absent is how a document says "none".
    Raises LocalProtocolError when it is not a map or holds what the wire cannot carry.
    """
    try:
        plain = without_nulls(msgspec.to_builtins(value, builtin_types=(bytes,)), MAX_DOCUMENT_DEPTH)
        check_shape(plain, MAX_DOCUMENT_DEPTH)
    except (ValueError, TypeError, RecursionError) as error:
        raise LocalProtocolError(f"this is no document: {error}") from error
    if not isinstance(plain, dict):
        raise LocalProtocolError(f"this is no document: a {kind(value)}, not a map")
    return plain


def without_nulls(value: Any, depth: int) -> Any:
    """Copy *value* without the map entries that are None, tuples as lists."""
    if depth < 0:
        raise ShapeError("it is nested too deeply")
    match value:
        case dict():
            return {key: without_nulls(item, depth - 1) for key, item in value.items() if item is not None}
        case list() | tuple():
            return [without_nulls(item, depth - 1) for item in value]
        case _:
            return value


def check_shape(value: Any, depth: int) -> None:
    """Raise ShapeError unless *value* is plain data within *depth* levels and MAX_ITEMS entries each."""
    match value:
        case None | bool() | int() | str():
            return
        case float():
            if not math.isfinite(value):
                raise ShapeError(f"{value} is not a number that JSON has")
        case dict():
            check_container(value, depth)
            for key, item in value.items():
                if not isinstance(key, str):
                    raise ShapeError(f"a map has the key {key!r:.40}: keys are strings")
                check_shape(item, depth - 1)
        case list() | tuple():
            check_container(value, depth)
            for item in value:
                check_shape(item, depth - 1)
        case _:
            raise ShapeError(f"a {kind(value)} cannot be carried: {value!r:.40}")


def check_container(value: Any, depth: int) -> None:
    """Raise ShapeError when an array or map is too deep or too long."""
    if depth <= 0:
        raise ShapeError(f"it is nested more than {MAX_DEPTH} levels deep")
    if len(value) > MAX_ITEMS:
        raise ShapeError(f"a {kind(value)} has {len(value)} entries: at most {MAX_ITEMS} are allowed")


def refuse_extension(code: int, data: bytes) -> NoReturn:
    """Refuse msgpack's extension types: what they mean is nobody's agreement here."""
    raise ShapeError(f"extension type {code} ({len(data)} bytes) is not used here")


def kind(value: Any) -> str:
    """Return the wire's word for the type of *value*."""
    match value:
        case dict():
            return "map"
        case list() | tuple():
            return "list"
        case _:
            return type(value).__name__
