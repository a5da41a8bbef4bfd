"""Run one scenario in the guest: read /job/job.json, write /job/result.json."""

import importlib
import json
import time
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

import trio

from tests.lab.guest.failure import Failed
from tests.lab.guest.host import HostSpec
from tests.lab.guest.lab import Lab, open_lab

JOB = Path("/job")
# Virtual uptime at which every run begins: process 1 waits 2 s, and reading all our modules takes milliseconds.
START_S = 3.0


def specs_of(scenario: ModuleType) -> list[HostSpec]:
    """Return what the scenario's HOSTS asks for."""
    return [HostSpec(entry) if isinstance(entry, str) else entry for entry in scenario.HOSTS]


async def play(scenario: ModuleType, parameters: dict[str, Any], outcome: dict[str, Any]) -> None:
    """Bring the hosts up, tell the story, and say in `outcome` how it ended."""
    air, bluetooth = getattr(scenario, "AIR", False), getattr(scenario, "BLUETOOTH", None)
    async with open_lab(specs_of(scenario), air, bluetooth, parameters) as lab:
        try:
            await tell(scenario, lab, outcome)
        finally:
            outcome["phases_ms"] = lab.phases_ms
            rungs = [rung for host in lab.hosts for rung in host.airhail_end.rungs()]
            outcome["facts"] = {**lab.facts, "rungs": rungs}


async def tell(scenario: ModuleType, lab: Lab, outcome: dict[str, Any]) -> None:
    """Run the scenario proper."""
    try:
        await scenario.scenario(lab)
    except Failed as failure:
        lab.note(f"FAILED: {failure}")
        outcome["reason"] = str(failure)
    else:
        lab.note("ok")
        outcome["ok"] = True


def reason_of(error: BaseException) -> str:
    """Return the first cause inside nested exception groups, in one line."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"


def meet_the_clock() -> None:
    """Sleep until a moment that does not depend on what was imported so far.

    Reading a file takes nanoseconds of the virtual clock, and a nanosecond changes the course of a seed. So the same
    hosts play the same prelude, whatever the scenario's own program does with them afterwards.
    """
    time.sleep(max(0.0, START_S - time.monotonic()))  # in real time it may have passed


def main() -> None:
    """Play the job's scenario and write its result, whatever happens."""
    job = json.loads((JOB / "job.json").read_text())
    outcome: dict[str, Any] = {"ok": False, "reason": "", "phases_ms": {}, "facts": {}}
    try:
        scenario = importlib.import_module(job["module"])
        meet_the_clock()
        trio.run(play, scenario, job["parameters"], outcome)
    except BaseException as error:
        outcome["ok"] = False
        outcome["reason"] = outcome["reason"] or reason_of(error)
        traceback.print_exc()
    (JOB / "result.json").write_text(json.dumps(outcome))


if __name__ == "__main__":
    main()
