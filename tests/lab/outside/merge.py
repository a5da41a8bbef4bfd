"""One log of a whole run: the lines of every daemon and every message on every bus, on the guest's one clock."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

# "1800000012.345678: text", as wpa_supplicant -t and the lab's own stamps write it.
STAMP = re.compile(r"^(\d+\.\d+): ?(.*)$")
# How much of a D-Bus message's body a line shows.
BODY = 300


def stamped(text: str) -> Iterator[tuple[float, str]]:
    """Yield each line with its time; a line without one belongs to the line before it."""
    at = 0.0
    for line in text.splitlines():
        match = STAMP.match(line)
        if match:
            at = float(match[1])
            line = match[2]
        if line:
            yield at, line


def traced(text: str) -> Iterator[tuple[float, str]]:
    """Yield each message of a D-Bus trace as a line."""
    for line in text.splitlines():
        try:
            seen = json.loads(line)
        except ValueError:
            continue  # the last line of a run that was cut off
        what = f"{seen['interface']}.{seen['member']}" if seen["member"] else f"to {seen['reply_serial']}"
        body = json.dumps(seen["body"])[:BODY]
        route = f"{seen['sender']} > {seen['destination'] or '*'}"
        yield seen["at"], f"{seen['kind']} {route} #{seen['serial']} {seen['path']} {what} {seen['error']} {body}"


def merged(sources: Iterable[tuple[str, Iterable[tuple[float, str]]]]) -> Iterator[str]:
    """Yield all lines of all named sources in the order of their times; each source's own order is kept."""
    lines = [(at, name, line) for name, source in sources for at, line in source]
    lines.sort(key=lambda entry: entry[0])
    start = next((at for at, _, _ in lines if at), 0.0)
    width = max((len(name) for _, name, _ in lines), default=0)
    for at, name, line in lines:
        yield f"{max(at - start, 0.0):12.6f} {name:{width}} | {line}"


def merge_logs(logs: Path) -> Path:
    """Write `merged.log` beside the logs it is made of; return it."""
    sources: list[tuple[str, Iterable[tuple[float, str]]]] = []
    for file in sorted(logs.rglob("*")):
        name = str(file.relative_to(logs).with_suffix(""))
        if file.suffix == ".log" and file.name != "merged.log":
            sources.append((name, stamped(file.read_text(errors="replace"))))
        elif file.suffix == ".jsonl":
            sources.append((name + " bus", traced(file.read_text(errors="replace"))))
    target = logs / "merged.log"
    target.write_text("".join(line + "\n" for line in merged(sources)))
    return target
