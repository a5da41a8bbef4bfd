"""What this process may do beyond what its user may (capabilities(7))."""

from pathlib import Path

# linux/capability.h: to end a process of another user, and to change how a network interface works.
CAP_KILL = 5
CAP_NET_ADMIN = 12


def capable(capability: int, status: Path = Path("/proc/self/status")) -> bool:
    """Tell whether this process has a capability in effect."""
    for line in status.read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> capability & 1)
    return False
