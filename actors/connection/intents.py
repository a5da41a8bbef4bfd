"""The intents on disk: what a user wished for outlives every process."""

import logging
from pathlib import Path

import msgspec

from airhail.actors.files import read_bounded, write_whole
from airhail.actors.names import Address

log = logging.getLogger(__name__)

VERSION = 1
# Far more than `MAX_LINKS` intents need; a file this large is not ours.
MAX_BYTES = 64 * 1024


class Intent(msgspec.Struct, frozen=True, omit_defaults=True):
    """The wish that *peer* be linked."""

    peer: Address
    name: str = ""
    # The user's word, given with the wish: the Wi-Fi may be dropped to bring this link about.
    allow_wifi_drop: bool = False
    # The wish is the peer's, whose call was accepted: it goes when the peer withdraws it.
    invited: bool = False


class _File(msgspec.Struct, frozen=True):
    version: int
    intents: list[Intent]


class IntentStore:
    """The file of intents; every change is on disk, whole, before the call returns."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "intents.json"
        self._intents: dict[str, Intent] = {}

    def load(self) -> list[Intent]:
        """Read the intents back; a file that cannot be read is kept aside, named in the log, and none are known.

        Raises OSError when the folder cannot be used at all.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            read = msgspec.json.decode(read_bounded(self._path, MAX_BYTES), type=_File)
            if read.version != VERSION:
                raise ValueError(f"its version is {read.version}, this airhail reads version {VERSION}")
        except FileNotFoundError:
            return []
        except (ValueError, msgspec.MsgspecError) as error:
            aside = self._path.with_suffix(".unreadable")
            self._path.replace(aside)
            log.error("%s cannot be read (%s): kept as %s; connect again to each peer", self._path, error, aside)
            return []
        self._intents = {intent.peer: intent for intent in read.intents}
        return read.intents

    def add(self, intent: Intent) -> None:
        """Keep *intent*, in place of an older one for the same peer. Raises OSError when it cannot be written."""
        self._replace({**self._intents, intent.peer: intent})

    def remove(self, peer: str) -> None:
        """Forget the intent for *peer*, if there is one. Raises OSError when that cannot be written."""
        self._replace({known: intent for known, intent in self._intents.items() if known != peer})

    def move(self, peer: str, to: str) -> None:
        """Keep the intent for *peer* under another address. Raises OSError when that cannot be written."""
        if (intent := self._intents.get(peer)) is not None:
            left = {known: one for known, one in self._intents.items() if known != peer}
            self._replace({**left, to: msgspec.structs.replace(intent, peer=to)})

    def _replace(self, intents: dict[str, Intent]) -> None:
        if intents == self._intents:
            return
        write_whole(self._path, msgspec.json.encode(_File(VERSION, list(intents.values()))))
        self._intents = intents
