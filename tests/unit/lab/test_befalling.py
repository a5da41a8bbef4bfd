import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from tests.lab.faults import KINDS, Fault
from tests.lab.guest import faults
from tests.lab.guest import lab as guest_lab
from tests.lab.guest.host import Host, HostSpec
from tests.lab.guest.lab import Lab
from tests.lab.guest.onlooker import Onlooker

FREEZE = Fault(next(kind for kind in KINDS if str(kind) == "freeze discovery"), 0, 0.0, 0.0)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setattr(guest_lab, "LOGS", tmp_path)
    lab = Lab([], {})
    lab.facts.update(faults=[], missed=[])
    with lab.log:
        yield lab


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as child:
        yield child
        child.kill()


async def befall(lab: Lab, pids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "victims", lambda *_: pids)
    async with trio.open_nursery() as nursery:
        alpha, beta = (Host(HostSpec(name), nursery) for name in ("alpha", "beta"))
        await faults.befall(lab, FREEZE, Onlooker(alpha, beta), 3)


async def test_a_fault_whose_process_is_not_there_is_missed(
    lab: Lab, child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    child.kill()
    child.wait()
    for pids in ([], [child.pid]):
        lab.facts["missed"].clear()
        await befall(lab, pids, monkeypatch)
        assert lab.facts == {"faults": [], "missed": ["3: alpha: freeze discovery for 0.0 s"]}


async def test_a_fault_that_strikes_a_process_is_told(
    lab: Lab, child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    await befall(lab, [child.pid], monkeypatch)
    assert lab.facts == {"faults": ["3: alpha: freeze discovery for 0.0 s"], "missed": []}
    assert goes_on(child.pid)


def goes_on(pid: int) -> bool:
    """Tell whether a child that was stopped has been told to go on, and nobody has been told of that yet."""
    told = os.waitid(os.P_PID, pid, os.WCONTINUED | os.WNOHANG)
    return told is not None and told.si_code == os.CLD_CONTINUED
