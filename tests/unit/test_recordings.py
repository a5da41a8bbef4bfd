"""Every core can be recorded, and decides today what it decided in the recordings that are kept here.

`airhail record ACTOR --hash-addresses --output tests/unit/recordings/NAME` adds one. One that a core now decides
otherwise on purpose is made anew by `scripts/lab run recorded --keep`, which leaves its like in the logs of alpha.
"""

from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airhail.actors import cores as actors
from airhail.ipc.recording.codec import decode, encode
from airhail.ipc.recording.lines import Step, parse
from airhail.ipc.recording.replay import first_difference
from airhail.supervisor import cores as supervisor

ROOT = Path(__file__).parents[2]
CORES = {**actors.CORES, **supervisor.CORES}
RECORDINGS = sorted((Path(__file__).parent / "recordings").iterdir())


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.name)
def test_the_cores_decide_as_they_did(recording: Path) -> None:
    found = parse(recording.read_bytes())
    assert first_difference(CORES[found.header.actor], found) == ""
    assert any(isinstance(line, Step) and line.effects for line in found.lines), "it tells of no decision"
    assert found.header.hashed, "nobody's addresses belong here"


def test_every_core_can_be_recorded() -> None:
    folder = ROOT / "actors"
    assert set(actors.CORES) == {path.relative_to(folder).parts[0] for path in folder.rglob("core.py")}
    for core in CORES.values():
        names = [event.__name__ for event in get_args(core.event)]
        assert len(set(names)) == len(names), "events are told apart by their names"


@pytest.mark.parametrize("core", CORES.values(), ids=lambda core: core.name)
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_states_and_events_come_back(core: Any, data: st.DataObject) -> None:
    for kind in (core.state, core.event):
        value = data.draw(st.from_type(kind))
        again = decode(msgspec.json.decode(msgspec.json.encode(encode(value))), kind)
        assert encode(again) == encode(value)
        assert again == value or "nan" in repr(value)
