"""Whatever the file holds, reading it gives a configuration or ConfigError, never any other error; the sentence
begins with the file, and a line it names is one that the file has. It ends soon: a file within the limit is read
within seconds."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from airhail.ipc.config import SECTIONS, ConfigError, load

LINE = re.compile(r", line (\d+): ")

SEEDS = (
    b'[log]\nlevel = "info"\n\n[bus]\nnetworkmanager = "unix:path=/x"\n',
    b"[bus]\nretries = 'x'\nnames = [\n  'a',\n  3,\n]\n",
    b"bus.retries = -1\n[log]\nlevel = 'loud'\nlevle = 1",
    b"[supervisor.actors.discovery]\nwatchdog = 1.5\nwhen = 2020-01-01T00:00:00Z\n",
    b'[[discovery]]\n"quoted key" = """\nlong\n"""\n',
    b"a = " + b"[" * 2000,
    b"a = " + b"1" * 5000,
    b"connection = {a = 0x1f, b = inf, c = nan, d = [{e = 1e5}]}\n\xff",
)


class Anything(Struct, frozen=True):
    """A section with a key of each kind."""

    level: Literal["info", "debug"] = "info"
    retries: Annotated[int, Meta(ge=0)] = 3
    names: list[str] = []
    watchdog: float | None = None


def check(data: bytes) -> None:
    """Read a file that holds *data*, and every section of it."""
    # A file that exists in memory alone, and still is a real one.
    descriptor = os.memfd_create("airhail.toml")
    try:
        os.write(descriptor, data)
        path = Path(f"/proc/self/fd/{descriptor}")
        try:
            loaded = load(path)
        except ConfigError as error:
            check_sentence(str(error), path, data)
            return
        for name in sorted(SECTIONS):
            try:
                loaded.section(name, Anything)
            except ConfigError as error:
                check_sentence(str(error), path, data)
    finally:
        os.close(descriptor)


def check_sentence(sentence: str, path: Path, data: bytes) -> None:
    """Hold an error's sentence to what a reader needs."""
    assert sentence.startswith(str(path))
    if (line := LINE.search(sentence)) is not None:
        assert 1 <= int(line[1]) <= max(1, len(data.decode(errors="replace").splitlines()))
