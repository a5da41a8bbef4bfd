"""`python -m tests.system.supervised.mirror ARGUMENT...`: write to descriptor 3, as JSON, what this process has."""

import json
import os
import sys
from pathlib import Path


def status(*names: str) -> dict[str, str]:
    lines = dict(line.split(":\t") for line in Path("/proc/self/status").read_text().splitlines())
    return {name: lines[name].strip() for name in names}


def descriptors() -> dict[str, str]:
    paths = [Path("/proc/self/fd", name) for name in os.listdir("/proc/self/fd")]
    # Less the one that read the folder, and less the numbers that tell one pipe from another.
    return {path.name: os.readlink(path).partition("[")[0] for path in paths if os.path.lexists(path)}


def main() -> None:
    pid = str(os.getpid())
    given = {
        "name": __name__,
        "arguments": sys.argv,
        "environment": {key: "own pid" if value == pid else value for key, value in os.environ.items()},
        "descriptors": descriptors(),
        "leader": os.getpid() == os.getsid(0) == os.getpgid(0),
        "status": status("Umask", "SigBlk", "SigIgn", "SigCgt", "Threads"),
        "folder": str(Path.cwd()),
    }
    with open(3, "w") as answer:
        json.dump(given, answer)


if __name__ == "__main__":
    main()
