"""What the hooks were told last of each link, kept through restarts of the actor.

In the folder of the sockets, not in that of the state: what was up before the host was switched off is not up now.
"""

import logging
from collections.abc import Mapping
from pathlib import Path

import msgspec

from airhail.actors.files import decode_document, read_bounded, write_whole
from airhail.actors.hooks.events import Moment
from airhail.actors.hooks.state import Told, Word

log = logging.getLogger(__name__)

VERSION = 1
# 32 links with a dozen facts each are some 20 KiB.
MAX_BYTES = 256 * 1024


class _Word(msgspec.Struct, frozen=True):
    moment: Moment
    facts: dict[str, str]


class _File(msgspec.Struct, frozen=True):
    version: int
    links: dict[str, _Word]


def load(path: Path) -> dict[str, Told]:
    """Read it back; a file that cannot be read costs a second telling, and is named in the log."""
    try:
        read = decode_document(read_bounded(path, MAX_BYTES), _File, VERSION)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read (%s): what is up is told again", path, error)
        return {}
    return {peer: Told(Word(word.moment, word.facts)) for peer, word in read.links.items()}


def write(path: Path, told: Mapping[str, Told]) -> None:
    """Write down what was told to the end. Raises OSError."""
    links = {peer: _Word(one.last.moment, dict(one.last.facts)) for peer, one in told.items() if one.last}
    write_whole(path, msgspec.json.encode(_File(VERSION, links)), private=True)
