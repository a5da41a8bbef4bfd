"""Say in words how a link stands."""

from airhail.supervisor.commands.documents import LinkState
from airhail.supervisor.commands.text import age

DOING = {
    "wanted": "waiting for the radio",
    "finding": "looking for the peer",
    "activating": "agreeing with the peer on a group",
    "addressing": "getting an address",
    "up": "up",
    "failed": "failed",
    "leaving": "being taken down",
    "down": "down",
}
"""What the host does in each phase; a phase that is not listed says its own name."""


def called(link: LinkState) -> str:
    """Return the peer's name and address."""
    return f"{link.name} ({link.peer})" if link.name else link.peer


def doing(link: LinkState) -> str:
    """Return what is being done about a link."""
    what = DOING.get(link.phase, link.phase)
    return what if link.attempt <= 1 or link.phase == "up" else f"{what} (attempt {link.attempt})"


def place(link: LinkState) -> str:
    """Return where the peer is on a link that is up, and where this host is: what a person types next."""
    there = f"the peer is {link.peer_address}" if link.peer_address else ""
    here = f"this host is {' '.join(link.addresses)}" if link.addresses else ""
    return ", ".join(part for part in (there, here, link.interface, link.role) if part)


def failure(link: LinkState) -> str:
    """Return why a link failed and what to do about it."""
    why = " ".join(part for part in (link.sentence, link.advice) if part)
    return f"{link.reason}: {why}" if why else link.reason or "no reason was given"


def again(link: LinkState, now: float) -> str:
    """Return when airhail tries again by itself, or nothing when it does not."""
    return "" if link.next_attempt is None else f"trying again in {age(max(link.next_attempt - now, 0))}"
