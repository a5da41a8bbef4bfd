"""What liveness says of a link, as everybody must read it who joins its document with connection's.

The two documents are plain maps here: which processes publish them is nobody's business in this folder.
"""

from collections.abc import Mapping
from typing import Any, Final

VERDICT_S: Final = 5.0
"""Seconds within which a link that is up has its first verdict, a few probes long; then connection's word counts
(docs/links.md)."""


def verdict_on(link: Mapping[str, Any] | None, judged: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return what is said of a link if it is said of the group that there is; None when it is of the one before."""
    if link is None or judged is None or judged.get("interface") != link.get("interface"):
        return None
    return judged
