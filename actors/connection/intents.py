"""The intents on disk: what a user wished for outlives every process."""

from pathlib import Path

import msgspec

from airhail.actors.files import load_document, write_whole
from airhail.actors.names import Address

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
        read = load_document(self._path, _File, VERSION, MAX_BYTES, lost="connect again to each peer")
        if read is None:
            return []
        self._intents = {intent.peer: intent for intent in read.intents}
        return read.intents

    def add(self, intent: Intent) -> None:
        """Keep *intent*, in place of an older one for the same peer. Raises OSError when it cannot be written."""
        self._replace({**self._intents, intent.peer: intent})

    def remove(self, peer: str) -> None:
        """Forget the intent for *peer*, if there is one. Raises OSError when that cannot be written."""
        self._replace({known: intent for known, intent in self._intents.items() if known != peer})

    def invite(self, peer: str, name: str) -> None:
        """Keep a wish of *peer*'s own, unless the user here has wished for it too. Raises as `add`."""
        if peer not in self._intents:
            self.add(Intent(peer, name, invited=True))

    def uninvite(self, peer: str) -> None:
        """Forget the wish that was *peer*'s own; one that the user has made since stays. Raises as `remove`."""
        if (intent := self._intents.get(peer)) and intent.invited:
            self.remove(peer)

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
