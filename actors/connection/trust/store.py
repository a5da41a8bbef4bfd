"""The trusted peers on disk: whole or as they were, and never begun afresh without a word."""

from pathlib import Path

import msgspec

from airhail.actors.connection.trust.identity import TrustError
from airhail.actors.connection.trust.peers import MAX_PEERS, Peer, Peers
from airhail.actors.files import decode_document, read_private, write_whole

VERSION = 1
FILE = "trust.json"
# MAX_PEERS of the largest, each letter of a name escaped, are below this.
MAX_BYTES = 128 * 1024


class _File(msgspec.Struct, frozen=True):
    version: int
    peers: list[Peer]


class TrustStore:
    """The file of the trusted peers."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def load(self) -> Peers:
        """Read the peers back; none without a file.

        Raises TrustError when the file is damaged, or others can get at it. Unlike the intents it is not put aside
        for an empty one: with it would go the counters, and what was heard once could be heard again.
        """
        try:
            read = decode_document(read_private(self._path, MAX_BYTES), _File, VERSION)
            peers = {peer.id: peer for peer in read.peers}
            if len(peers) != len(read.peers) or len(peers) > MAX_PEERS:
                raise ValueError("it has a peer twice, or too many")
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise TrustError(f"{self._path} cannot be used: {error}") from error
        return peers

    def save(self, peers: Peers) -> None:
        """Have *peers* on disk. Raises OSError; the old file then stays."""
        write_whole(self._path, msgspec.json.encode(_File(VERSION, list(peers.values()))), private=True)
