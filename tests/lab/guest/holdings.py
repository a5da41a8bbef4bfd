"""What airhail holds in a host: processes, descriptors, profiles, interfaces; what is held at the end is leaked."""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.lab.guest.failure import Failed
from tests.lab.guest.host import Host


@dataclass(frozen=True, slots=True)
class Holdings:
    """Of one host at one moment, by the names that processes give themselves."""

    processes: Counter[str]
    descriptors: Counter[str]
    profiles: tuple[str, ...]
    interfaces: tuple[str, ...]

    def beyond(self, before: "Holdings") -> list[str]:
        """Return what is held otherwise than before, each in words: what is missing is as wrong as what is left."""
        told = [
            f"{name}: {counted[name]} {what}, {earlier[name]} at the start"
            for what, counted, earlier in (
                ("processes", self.processes, before.processes),
                ("descriptors", self.descriptors, before.descriptors),
            )
            for name in sorted(counted.keys() | earlier.keys())
            if counted[name] != earlier[name]
        ]
        told += [f"the profile {name!r} is left" for name in self.profiles if name not in before.profiles]
        return told + [f"the interface {name} is left" for name in self.interfaces if name not in before.interfaces]


async def holdings(host: Host) -> Holdings:
    """Count what airhail holds in a host now."""
    listed = (await host.run("nmcli", "-t", "-f", "NAME", "connection", "show")).check().stdout.splitlines()
    tree = tree_of(supervisor(host))
    return Holdings(
        processes=Counter(tree.values()),
        descriptors=sum((Counter({name: descriptors(pid)}) for pid, name in tree.items()), Counter()),
        profiles=tuple(name for name in listed if name.startswith("airhail ")),
        interfaces=tuple(sorted(host.groups)),
    )


def supervisor(host: Host) -> int:
    """Return the process that `start_airhail` started."""
    daemon = host.airhail_end.daemon
    if daemon is None:
        raise Failed(f"{host.name}: airhail was never started here")
    return daemon.pid


def descriptors(pid: int) -> int:
    """Return how many descriptors a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def tree_of(root: int) -> dict[int, str]:
    """Return a process and all that descend from it, with their names; nothing when it is gone."""
    parents: dict[int, tuple[int, str]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()  # proc_pid_stat(5): pid (comm) state ppid
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
            head, _, tail = stat.rpartition(")")
            parents[int(entry.name)] = (int(tail.split()[1]), head.partition("(")[2])
    if root not in parents:
        return {}
    tree: dict[int, str] = {}
    todo = [root]
    while todo:
        pid = todo.pop()
        tree[pid] = parents[pid][1]
        todo += [child for child, (parent, _) in parents.items() if parent == pid]
    return tree
