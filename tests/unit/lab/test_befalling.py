import subprocess
import sys
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

# Only reached by a process that was never told.
ENDS_S = 30
FREEZE = Fault(next(kind for kind in KINDS if str(kind) == "freeze discovery"), 0, 0.0, 0.0)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setattr(guest_lab, "LOGS", tmp_path)
    lab = Lab([], {})
    lab.facts.update(faults=[], missed=[])
    with lab.log:
        yield lab


WAITS = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCONT])
print("waiting", flush=True)
signal.sigwait([signal.SIGCONT])
"""


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that ends when it is told to go on."""
    with subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
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
    assert child.wait(ENDS_S) == 0, "it was told to go on"
