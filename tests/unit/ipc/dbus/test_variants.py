"""Variants come off what arrives by its signature, and are checked before they are sent."""

from typing import Any

import pytest

from airhail.ipc.dbus.variants import checked, kind_of, plain


@pytest.mark.parametrize(
    ("signature", "value", "expected"),
    [
        ("s", "x", "x"),
        ("v", ("s", "x"), "x"),
        ("v", ("v", ("s", "x")), "x"),
        ("a{sv}", {"a": ("u", 1), "b": ("as", ["x"])}, {"a": 1, "b": ["x"]}),
        ("av", [("i", 1), ("(sv)", ("s", ("b", True)))], [1, ("s", True)]),
        ("ay", b"\1\2", b"\1\2"),
        ("(vay)", (("ay", b"\1"), b"\2"), (b"\1", b"\2")),
        # A struct that looks just like a variant stays one.
        ("(so)", ("s", "/x"), ("s", "/x")),
        ("a(sv)", [("s", ("s", "x"))], [("s", "x")]),
        ("a{oa{sa{sv}}}", {"/a": {"i": {"p": ("(uu)", (30, 0))}}}, {"/a": {"i": {"p": (30, 0)}}}),
    ],
)
def test_variants_are_taken_off(signature: str, value: Any, expected: Any) -> None:
    assert plain(value, signature) == expected


@pytest.mark.parametrize("signature", ["", "z", "a", "(s", "ss", ")", "{sv}x"])
def test_bad_signature_is_told(signature: str) -> None:
    with pytest.raises(ValueError, match="D-Bus"):
        kind_of(signature)


def test_checked_names_the_key_that_does_not_fit() -> None:
    good = {"id": ("s", "p2p"), "autoconnect": ("b", False)}
    assert checked(good, "connection") == good
    with pytest.raises(ValueError, match=r"connection\.id: 5 does not fit the D-Bus type 's'"):
        checked({"id": ("s", 5)}, "connection")
    with pytest.raises(ValueError, match=r"options\.timeout: -1 does not fit the D-Bus type 'u'"):
        checked({"timeout": ("u", -1)}, "options")
    with pytest.raises(ValueError, match=r"options\.x: 'y' does not fit the D-Bus type 'zz'"):
        checked({"x": ("zz", "y")}, "options")
