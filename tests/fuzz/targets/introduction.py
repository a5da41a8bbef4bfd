"""Whatever an end hears during an introduction: it never fails, shows at most one code, shows itself to nobody but to
the first that committed itself, and trusts nobody unless its user said so."""

from collections.abc import Iterator

from airhail.actors.connection.trust.introduction import (
    Admit,
    Effect,
    Event,
    MessageHeard,
    Say,
    ShowCode,
    Tick,
    VerdictHeard,
    begin,
    step,
)
from airhail.actors.connection.trust.messages import (
    Commit,
    Reveal,
    Shown,
    Verdict,
    commitment,
    decode,
    encode,
)

OURS = encode(Shown(bytes(32), bytes(16), "alpha"))
THEIRS = encode(Shown(bytes([1]) * 32, bytes(16), "beta", "02:00:00:00:00:01"))
MARKS = commitment(THEIRS)[:8], commitment(OURS)[:8]
# What can be committed to and not be read.
NONSENSE = b"\xc1"


def framed(*bodies: bytes) -> bytes:
    """Put the length before each body; an empty one says that time passes."""
    return b"".join(len(body).to_bytes(2, "big") + body for body in bodies)


SEEDS = (
    b"",
    framed(
        encode(Commit(commitment(THEIRS))),
        encode(Reveal(*MARKS, THEIRS)),
        encode(Verdict(*MARKS, same=True, heard=True, proof=bytes(32))),
    ),
    framed(encode(Commit(commitment(OURS))), b"", encode(Reveal(*MARKS, NONSENSE))),
    framed(encode(Commit(commitment(NONSENSE))), encode(Reveal(commitment(NONSENSE)[:8], MARKS[1], NONSENSE))),
)


def unframed(data: bytes) -> Iterator[bytes]:
    """Cut the input into bodies."""
    while len(data) >= 2:
        end = 2 + int.from_bytes(data[:2], "big")
        yield data[2:end]
        data = data[end:]


def check(data: bytes) -> None:
    """Hear each message."""
    state, begun = begin(OURS, bonded=False, now=0.0)
    said: list[Effect] = list(begun)
    now = 0.0
    for body in unframed(data):
        event: Event
        message = decode(body)
        if not body and state.deadline is not None:
            now, event = state.deadline, Tick()
        elif isinstance(message, Verdict):
            event = VerdictHeard(message.same, message.heard)
        elif message is not None:
            event = MessageHeard(message)
        else:
            continue
        state, effects = step(state, event, now)
        said += effects
    messages = [effect.message for effect in said if isinstance(effect, Say)]
    assert len({message.to for message in messages if isinstance(message, Reveal)}) <= 1
    assert sum(isinstance(effect, ShowCode) for effect in said) <= 1
    assert not any(isinstance(effect, Admit) for effect in said)
