"""This host's IPv6 link-local addresses."""

import ipaddress
from pathlib import Path

IF_INET6 = Path("/proc/net/if_inet6")
# Addresses that the kernel still checks for a duplicate cannot be used yet (IFA_F_TENTATIVE, linux/if_addr.h).
TENTATIVE = 0x40


def own_link_locals() -> dict[int, str]:
    """Return the link-local address of each interface that has one, by its index."""
    # The file is not there on a host without IPv6.
    return dict(link_locals(IF_INET6.read_text() if IF_INET6.exists() else ""))


def link_locals(text: str) -> list[tuple[int, str]]:
    """Return the index of each interface with its link-local address, from the text of /proc/net/if_inet6."""
    found = []
    for line in text.splitlines():
        address, index, _, _, flags, _ = line.split()
        ip = ipaddress.IPv6Address(bytes.fromhex(address))
        if ip.is_link_local and not int(flags, 16) & TENTATIVE:
            found.append((int(index, 16), str(ip)))
    return found
