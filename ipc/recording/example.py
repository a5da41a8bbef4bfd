"""Turn a recording into a test."""

from airhail.ipc.recording.lines import Recording

MODULE = '''"""What {actor} decided in a recording of {steps} steps, made by airhail {airhail}."""
# ruff: noqa: E501

from {home} import CORES
from airhail.ipc.recording.lines import parse
from airhail.ipc.recording.replay import first_difference

RECORDING = rb"""
{lines}"""


def test_{name}() -> None:
    assert not first_difference(CORES["{actor}"], parse(RECORDING.lstrip()))
'''


def module_of(recording: Recording, name: str, home: str) -> str:
    """Return a pytest module that replays the recording; *home* is the module that has CORES.

    Raises ValueError when *name* cannot be part of a function's name.
    """
    if not name or not f"test_{name}".isidentifier():
        raise ValueError(f"{name!r} cannot be the name of a test: use letters, digits and underscores")
    header = recording.header
    # JSON on one line never has three quotes in a row, and bytes take ASCII only: the rest goes as escapes.
    lines = "".join(
        character if character.isascii() else escaped(character) for character in recording.write().decode()
    )
    steps = lines.count('{"type":"step"')
    return MODULE.format(actor=header.actor, airhail=header.airhail, steps=steps, home=home, name=name, lines=lines)


def escaped(character: str) -> str:
    """Return a character as JSON writes it in ASCII (RFC 8259, section 7)."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
