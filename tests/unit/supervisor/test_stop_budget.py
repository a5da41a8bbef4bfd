"""Every init system gives airhail the time that it may take to stop."""

import re
from pathlib import Path

import pytest

from airhail.ipc.limits import STOP_DEADLINE
from airhail.supervisor.coroner import FINISH_WITHIN
from airhail.supervisor.metrics import METRICS
from airhail.supervisor.run import GONE_WITHIN
from airhail.supervisor.shell import STRAYS_WITHIN
from airhail.supervisor.specs import ACTORS

INIT = Path(__file__).parents[3] / "scripts" / "init"
ALL = sum(spec.stop_within for spec in (*ACTORS, METRICS)) + STRAYS_WITHIN + FINISH_WITHIN + GONE_WITHIN


@pytest.mark.parametrize(
    ("file", "pattern", "unit", "needed"),
    [
        ("systemd/system/airhail.service", r"^TimeoutStopSec=(\d+)$", 1.0, ALL),
        ("systemd/user/airhail.service", r"^TimeoutStopSec=(\d+)$", 1.0, ALL),
        ("systemd/actor/airhail-actor@.service", r"^TimeoutStopSec=(\d+)$", 1.0, STOP_DEADLINE),
        ("openrc/airhail", r"^retry=TERM/(\d+)/KILL", 1.0, ALL),
        ("s6/timeout-kill", r"^(\d+)$", 0.001, ALL),
    ],
)
def test_nobody_is_killed_while_still_allowed_to_stop(file: str, pattern: str, unit: float, needed: float) -> None:
    (given,) = re.findall(pattern, (INIT / file).read_text(), re.MULTILINE)
    assert int(given) * unit >= needed
