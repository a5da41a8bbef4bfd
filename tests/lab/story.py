"""Turn the logs of a first link, as they grow, into lines that a person can follow."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Each stamp is virtual seconds since the epoch (tests/lab/outside/boot.py, TIME_TRAVEL_START_NS), the lines' own
# time beside it is dropped: "1800000002.013408: 08:00:02 INFO    discovery: this host shows ...".
STAMPED = re.compile(r"^(?P<at>\d+\.\d+): (?:\d\d:\d\d:\d\d \w+ +)?(?P<said>.*)$")


@dataclass(frozen=True, slots=True)
class Said:
    """One line of one log: virtual seconds since the epoch, the log's name (`lab`, `alpha/airhail`), its words."""

    at: float
    log: str
    words: str


# Which log (without its host), what it says there, and how the story tells it, in the order of the story.
# The texts are the log lines of airhail's actors and of tests/lab/guest; tests/lab/test_demo.py sees each one told.
TELLING: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (log, re.compile(pattern), told)
    for log, pattern, told in (
        ("lab", r"(?P<host>\w+) is up: P2P device address (?P<peer>\S+)", "has a Wi-Fi Direct radio: {peer}"),
        ("airhail", r"supervisor: every actor is ready", "airhail runs, every actor is ready"),
        ("airhail", r"discovery: this host shows itself to peers as '(?P<name>.*)'", "shows itself as {name}"),
        ("lab", r"settle (?P<time>.*)", "a minute passes until the Wi-Fi drivers have done their first scans"),
        ("lab", r"phase peers began", "who is near?  $ airhail peers"),
        ("airhail", r"discovery: finding peers", "searches"),
        ("peers", r'\{"peers": \[\{"address": "(?P<peer>[^"]*)", "name": "(?P<name>[^"]*)"', "sees {name} ({peer})"),
        ("lab", r"phase linked began", "both ask for the link, a moment apart  $ airhail connect PEER --wait"),
        ("airhail", r"connection: PeerRang\(", "hears the other's request"),
        ("airhail", r"connection: Activate\(peer='(?P<peer>[^']*)'", "asks NetworkManager for a link with {peer}"),
        ("airhail", r"connection: NegotiationSucceeded\(", "has agreed with the other who owns the group"),
        ("airhail", r"connection: GroupStarted\(role='(?P<role>\w+)'", "is in the group, as its {role}"),
        ("lab", r"phase linked ended", "both say that the link is up; both ping, and send a datagram"),
        ("receiver", r"(?P<words>a datagram from \w+)$", "received {words}"),
        ("lab", r"phase down began", "enough  $ airhail disconnect PEER"),
        ("airhail", r"connection: device \S+ DEACTIVATING to DISCONNECTED,", "is free again"),
    )
)
# The group's roles in words.
ROLES = {"GO": "owner", "client": "client"}


def read(log: str, text: str) -> Iterator[Said]:
    """Yield what a log says; lines without a stamp belong to a traceback or the like, which the story leaves out."""
    for line in text.splitlines():
        if (match := STAMPED.match(line)) is not None:
            yield Said(float(match["at"]), log, match["said"])


class Story:
    """Tells lines in the order in which they happened, though the logs are read one after the other.

    One process writes all the logs, in the order of the stamps; so once a stamp has been read, whatever came before
    it lies in the files, and one more reading finds it.
    """

    def __init__(self) -> None:
        self._held: list[Said] = []
        self._seen = 0.0
        self._start: float | None = None

    def add(self, said: Iterable[Said]) -> list[str]:
        """Take what one reading of all the logs found; return the lines that can be told by now."""
        sure_until = self._seen
        self._held.extend(said)
        self._seen = max([self._seen, *(one.at for one in self._held)])
        return self._tell(sure_until)

    def end(self) -> list[str]:
        """Return the rest, when the logs are whole."""
        return self._tell(self._seen)

    def _tell(self, until: float) -> list[str]:
        ripe = sorted((one for one in self._held if one.at <= until), key=lambda one: one.at)
        self._held = [one for one in self._held if one.at > until]
        lines = []
        for one in ripe:
            if self._start is None:
                self._start = one.at
            if (told := tell(one)) is not None:
                host, words = told
                lines.append(f"{one.at - self._start:7.2f} s  {host:6} {words}")
        return lines


def tell(said: Said) -> tuple[str, str] | None:
    """Return who did something and what, or None for a line that the story leaves out."""
    host, _, log = said.log.rpartition("/")
    for source, pattern, told in TELLING:
        if source == log and (match := pattern.match(said.words)) is not None:
            found = match.groupdict()
            if "role" in found:
                found["role"] = ROLES.get(found["role"], found["role"])
            return found.pop("host", host), told.format(**found)
    return None
