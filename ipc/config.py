"""The configuration: one TOML file, a section for each part, checked to the key."""

import os
import re
import tomllib
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from airhail.ipc.limits import MAX_CONFIG
from airhail.ipc.paths import config_path

SECTIONS = frozenset({"bus", "log", "supervisor", "ble", "discovery", "lan", "connection", "liveness", "hooks"})
"""Every section there is: a misspelt one must not be passed over in silence."""

EX_CONFIG = 78
"""The exit status that says: a restart is useless until the configuration is changed (sysexits.h)."""

EX_TEMPFAIL = 75
"""The exit status that says: what is needed is away for the moment, so try again (sysexits.h)."""

FOUND = "AIRHAIL_CONFIG_FOUND"
"""The variable that tells an actor, by not being empty, that AIRHAIL_CONFIG was there and said something."""

# How msgspec's sentences end (msgspec/_core.c): the place of the bad value, if it is inside the section.
PLACE = re.compile(r"(?P<what>.*?) - at `\$\.(?P<key>[^.`\[]+)(?P<rest>[^`]*)`$", re.DOTALL)

Section = TypeVar("Section", bound=Struct)


class ConfigError(Exception):
    """The configuration is wrong; the sentence names file, line and key."""


class ConfigGone(ConfigError):
    """The file that our parent has read is not there, or empty; it may be while somebody replaces it."""


class Config:
    """A configuration file as it was read."""

    def __init__(self, path: Path, text: str, tables: dict[str, Any]) -> None:
        self.path = path
        self._text = text
        self._tables = tables

    @property
    def found(self) -> bool:
        """Whether the file was there and said something, so that it means other settings than a missing one."""
        return bool(self._text)

    def section(self, name: str, kind: type[Section]) -> Section:
        """Return the section *name* as a *kind*, whose defaults stand for what the file leaves out.

        A section in a section has both names, joined by a dot as in the file. Raises ConfigError for an unknown
        key or a value of the wrong type or range.
        """
        table = reach(self._tables, name.split("."), {})
        if not isinstance(table, dict):
            raise self.error("must be a section with keys of its own", *name.rsplit(".", 1))
        known = [field.encode_name for field in msgspec.structs.fields(kind)]
        for key in table:
            if key not in known:
                raise self.error(f"is not known; known are: {', '.join(known) or 'none yet'}", name, key)
        try:
            return msgspec.convert(table, kind)
        except msgspec.ValidationError as error:
            if (place := PLACE.match(str(error))) is not None:
                raise self.error(place["what"], name, place["key"], place["rest"]) from error
            raise self.error(str(error), name) from error

    def error(self, what: str, section: str, key: str | None = None, rest: str = "") -> ConfigError:
        """Return the error for a *section*, or one *key* of it."""
        line = locate(self._text, section, key)
        where = f"[{section}]" + (f" {key}{rest}" if key is not None else "")
        return ConfigError(f"{self.path}, line {line}: {where}: {what}")


def load(path: Path | None = None) -> Config:
    """Read the configuration at *path*, or where `config_path` says.

    A file that is not there counts as empty, unless *path* names it. One that our parent has read may be neither
    (ConfigGone). Raises ConfigError when it cannot be read, is no TOML or has an unknown section.
    """
    chosen = config_path() if path is None else path
    text = read(chosen)
    if text is None and path is not None:
        raise ConfigError(f"{path}: there is no such file")
    if not text and os.environ.get(FOUND):
        what = "is gone" if text is None else "is empty"
        raise ConfigGone(f"{chosen} {what}, and the rest of airhail runs on it: put it back or restart airhail")
    text = text or ""
    try:
        tables = parse(text)
    except ValueError as error:
        raise ConfigError(f"{chosen}: {error}") from error
    config = Config(chosen, text, tables)
    for name, table in tables.items():
        if name not in SECTIONS:
            raise config.error(f"is not known; known are: {', '.join(sorted(SECTIONS))}", name)
        if not isinstance(table, dict):
            raise config.error("must be a section with keys of its own", name)
    return config


def read(path: Path) -> str | None:
    """Return the text at *path*; None when nothing is there."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_CONFIG + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    if len(raw) > MAX_CONFIG:
        raise ConfigError(f"{path}: it is larger than {MAX_CONFIG} bytes")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: this is not UTF-8") from error


def parse(text: str) -> dict[str, Any]:
    """Return the tables of a TOML text; ValueError when it is none."""
    try:
        # Besides its own error tomllib lets int's out, for a number of thousands of digits: both are ValueErrors.
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("its values are nested too deeply") from error


def reach(tables: Any, path: Sequence[str], default: Any = None) -> Any:
    """Return what stands at *path* in tables within tables."""
    for name in path:
        if not isinstance(tables, dict) or name not in tables:
            return default
        tables = tables[name]
    return tables


def locate(text: str, section: str, key: str | None) -> int:
    """Return the line on which what brings *section*, or *key* in it, into a whole text begins; 1 when nothing does.

    tomllib keeps no lines, but it can tell whether the key is in the first so many: few tries find where it comes in.
    """
    path = section.split(".") if key is None else [*section.split("."), key]
    if reach(parse(text), path) is None:
        return 1
    # Not splitlines, which knows more ends of lines than TOML and editors do.
    lines = [line + "\n" for line in text.split("\n")]

    @cache
    def reached(end: int) -> bool | None:
        """Tell whether the key is in the first `end` lines; None when they end inside a value."""
        try:
            return reach(parse("".join(lines[:end])), path) is not None
        except ValueError:
            return None

    def known_by(number: int) -> bool:
        """Tell whether the key is known once the value that is open on this line, if there is one, is whole."""
        ends = (answer for end in range(number, len(lines)) if (answer := reached(end)) is not None)
        return next(ends, True)

    return bisect_left(range(1, len(lines)), True, key=known_by) + 1
