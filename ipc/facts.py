"""What another program is told of a link, in its environment: the same names for `airhail exec` and for hooks.

These names are an interface (docs/links.md): one may be added, none changes its meaning.
"""

from collections.abc import Mapping
from typing import Any

PREFIX = "AIRHAIL_"

# What a peer may call itself is for others to read, not to be trusted: a NUL cannot stand in an environment
# (environ(7)), and a name over several lines would be taken for more than a name.
NAME_MOST = 64


def environment(link: Mapping[str, Any], judged: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return the variables for a link as connection publishes it, and as liveness judges it.

    What is not known has no variable.
    """
    interface = str(link.get("interface", ""))
    addresses = [str(address) for address in link.get("addresses", ())]
    ipv4 = [bare(address) for address in addresses if ":" not in address]
    ipv6 = [scoped(bare(address), interface) for address in addresses if ":" in address]
    radio = link.get("radio") or {}
    known = {
        "PEER": str(link.get("peer", "")),
        "PEER_NAME": printable(str(link.get("name", ""))),
        "PEER_ADDRESS": str(link.get("peer_address", "")),
        "INTERFACE": interface,
        "ROLE": str(link.get("role", "")),
        "ADDRESS": next(iter(ipv4), ""),
        "ADDRESS6": next(iter(ipv6), ""),
        "ADDRESSES": " ".join(ipv4 + ipv6),
        "CHANNEL": str(radio.get("channel", "")),
        "VERDICT": str((judged or {}).get("verdict", "")),
        "FINDING": str((judged or {}).get("finding", "")),
        "REASON": str(link.get("reason", "")),
    }
    return {PREFIX + name: value for name, value in known.items() if value}


def bare(address: str) -> str:
    """Return an address without its prefix length."""
    return address.partition("/")[0]


def scoped(address: str, interface: str) -> str:
    """Return an address with the zone that a link-local one needs to mean anything (RFC 4007, 11)."""
    return f"{address}%{interface}" if address.lower().startswith("fe80:") and interface else address


def printable(name: str) -> str:
    """Return what may be shown of a name that its owner chose."""
    return "".join(character for character in name if character.isprintable())[:NAME_MOST]
