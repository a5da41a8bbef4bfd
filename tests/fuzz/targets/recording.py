"""Whatever a file holds, it is a recording or it is refused. A recording is read back as it was written, is replayed
to its end whatever it tells, and can be disguised: then it has as many lines, and no hardware address of before."""

from airhail.ipc.recording.disguise import NOBODY, digits, disguise, found_in, strings
from airhail.ipc.recording.lines import RecordingError, parse
from airhail.ipc.recording.replay import Replayed, replay
from airhail.ipc.recording.show import step_lines
from tests.unit.ipc.recording.machine import CORE, HIGH, LOW, Broke, Lost, Met, Peer, State, recorded

STORY = recorded(
    State(own=HIGH), Met(Peer(LOW, "kitchen")), Lost(LOW, "'bored' at 10.0.0.1 or fe80::1"), Broke()
).write()

SEEDS = (
    STORY,
    STORY[: len(STORY) // 2],
    STORY.replace(b'"kitchen"', b'"\\ud800\\u2028"').replace(b"bored", b"wlx02000000000a"),
    STORY.replace(b'"event":{', b'"event":{"peer":' + b"[" * 500 + b"]" * 500 + b","),
    STORY.replace(b'"inf"', b"1e999"),
    b'{"type":"recording","version":1,"airhail":"","actor":"","at":0}\n{"type":"end","reason":""}\n',
    b"",
)


def check(data: bytes) -> None:
    """Read a recording, if it is one, replay it, and disguise it."""
    try:
        recording = parse(data)
    except RecordingError:
        return
    assert parse(recording.write()) == recording
    for one in replay(CORE, recording):
        if isinstance(one, Replayed):
            list(step_lines(one))
    hidden = disguise(CORE, recording, b"key")
    assert len(parse(hidden.write()).lines) == len(recording.lines)
    before, after = (
        {digits(address) for text in strings(one) for address in found_in(text, "hardware")}
        for one in (recording, hidden)
    )
    assert before & after <= NOBODY
