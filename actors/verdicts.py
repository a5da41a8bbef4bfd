"""The closed lists of what liveness says of a link: verdicts, findings, modes."""

import enum


class Verdict(enum.StrEnum):
    """What is thought of a link; none before anything is known of it."""

    ALIVE = "alive"
    SUSPECT = "suspect"
    DEAD = "dead"


class Finding(enum.StrEnum):
    """Why a link is not alive."""

    PEER_LEFT = "peer-left"
    PEER_SILENT = "peer-silent"
    RADIO_STUCK = "radio-stuck"
    OWN_RADIO_GONE = "own-radio-gone"
    ONE_WAY = "one-way"
    FIREWALLED = "firewalled"


class Mode(enum.StrEnum):
    """By what a link is judged."""

    AUTHENTICATED = "authenticated"
    OPEN = "open"
    FOREIGN = "foreign"


SEEN: dict[Finding, str] = {
    Finding.PEER_LEFT: "The peer took the link down, and said so.",
    Finding.PEER_SILENT: "Nothing comes from the peer any more, not even what its radio would answer by itself.",
    Finding.RADIO_STUCK: "The peer is still there, and nothing gets through to its system or back.",
    Finding.OWN_RADIO_GONE: "The link's interface is gone on this host.",
    Finding.ONE_WAY: "What the peer sends arrives here, and nothing of this host's arrives there.",
    Finding.FIREWALLED: "The peer's system answers and its probes do not come: a firewall drops them, or no liveness "
    "runs there.",
}
