"""`python -m airhail.actors.doctor`: look at this host once, print the findings as one JSON object, and end."""

import argparse
import json
import logging
import sys
from pathlib import Path

import trio

from airhail.actors.doctor.checks.table import examine
from airhail.actors.doctor.probes.gather import gather
from airhail.ipc.clock import MonotonicClock
from airhail.ipc.config import ConfigError, load


def main() -> int:
    """Print the report; a mistake in the configuration is one of its findings."""
    parser = argparse.ArgumentParser(prog="airhail-doctor", description="Look at this host; only read.")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration to read")
    # What is away or refuses is a finding, and need not be logged as well.
    logging.basicConfig(level=logging.ERROR)
    config, mistake = None, ""
    try:
        config = load(parser.parse_args().config)
    except ConfigError as error:
        mistake = str(error)
    facts = trio.run(gather, config, mistake, clock=MonotonicClock())
    print(json.dumps({"uid": facts.user.uid, "findings": examine(facts)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
