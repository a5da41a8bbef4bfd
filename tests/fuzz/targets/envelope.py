"""Whatever comes as an envelope, nothing opens but what the pair has sealed, and that once; it is never an error."""

from airhail.actors.connection.trust.envelope import MAX_CLEAR, Silence, open_envelope, seal

KEY = bytes(range(32))
SEALED = ((1, b""), (2, b"go"), (3, bytes(MAX_CLEAR)))
MADE = {seal(KEY, counter, clear): (counter, clear) for counter, clear in SEALED}

SEEDS = (*MADE, b"", b"\x01", b"\x02" + bytes(40), bytes(366))


def check(data: bytes) -> None:
    """Open *data*, and again."""
    opened = open_envelope(KEY, 0, data)
    assert MADE.get(data) == (None if isinstance(opened, Silence) else opened)
    if not isinstance(opened, Silence):
        assert open_envelope(KEY, opened[0], data) is Silence.OLD
