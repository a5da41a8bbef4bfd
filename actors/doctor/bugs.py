"""The known bugs of NetworkManager and wpa_supplicant that Wi-Fi Direct meets, and what airhail does about each.

Read in the sources of NetworkManager 1.42.4, 1.52.1 and the snapshot of 1.60 (August 2026), and of wpa_supplicant
2.10 and upstream in August 2026; file and line of the version read stand beside each bug.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

Version = tuple[int, ...]

NETWORKMANAGER = "NetworkManager"
SUPPLICANT = "wpa_supplicant"


@dataclass(frozen=True, slots=True)
class KnownBug:
    """One bug: who has it, before which version, and what is left of it for the user."""

    id: str
    program: str
    sentence: str
    airhail: str
    """What airhail does about it."""
    limits: bool = False
    """Whether something of it is left in spite of that."""
    fixed: Version | None = None
    """The first version without it; None: no version is known."""


KNOWN_BUGS: tuple[KnownBug, ...] = (
    KnownBug(
        "nm-find-for-all",  # 1.46: StartFind and StopFind ask polkit for wifi.scan (94fa05aa9f)
        NETWORKMANAGER,
        "Any program of any user may start and stop a find, and with that kill a negotiation under way.",
        "It ends an attempt after 20 s of its own, and tries again.",
        fixed=(1, 46),
    ),
    KnownBug(
        "nm-handed-address",  # commit d07383d3f3, in 1.52 and not in 1.42
        NETWORKMANAGER,
        "An address that the group's owner hands over while the group forms is handled wrongly "
        "(fixed by 1.52 at the latest).",
        "Two airhail hosts use fixed addresses; a phone that hands one over may stay without IPv4.",
        limits=True,
        fixed=(1, 52),
    ),
    KnownBug(
        "nm-find-during-activation",  # p2p.c:1228-1245, 1304-1324; 1.60 refuses StopFind then (NEWS), not StartFind
        NETWORKMANAGER,
        "A find that is started or stopped during an activation silently kills the negotiation.",
        "Its own find keeps off while a link is made: `connection` borrows the air from `discovery` first.",
    ),
    KnownBug(
        "nm-scan-during-activation",  # NEWS of 1.60: scans are suppressed while a P2P device is activating
        NETWORKMANAGER,
        "Scans for ordinary Wi-Fi go on while a group is formed and take the radio away from it.",
        "It ends an attempt after 20 s of its own, and tries again.",
        fixed=(1, 60),
    ),
    KnownBug(
        "nm-nameless",  # NEWS of 1.60: the system's host name becomes the P2P device name
        NETWORKMANAGER,
        "A host has no name that its peers could see.",
        "It tells wpa_supplicant the host's name, where this user may talk to it (tier netdev).",
        fixed=(1, 60),
    ),
    KnownBug(
        "nm-deaf",  # nm-supplicant-interface.c:3111-3218, and :371-405 for Connect's error
        NETWORKMANAGER,
        "It passes over wpa_supplicant's word that a negotiation failed, and waits 45 s.",
        "It ends an attempt after 20 s, and hears wpa_supplicant itself where it may (tier netdev).",
    ),
    KnownBug(
        "nm-never-accepts",  # nm-device-wifi-p2p.c handles neither GONegotiationRequest nor an invitation
        NETWORKMANAGER,
        "It accepts no request for a link: both ends must ask for it.",
        "It follows a peer's request where it hears it (tier netdev), and moves a little later where not.",
        limits=True,
    ),
    KnownBug(
        "nm-never-joins",  # nm-supplicant-interface.c:2842-2848: join=false always
        NETWORKMANAGER,
        "It cannot join a group that runs already, as some televisions and printers offer.",
        "Nothing yet: such devices cannot be linked with.",
        limits=True,
    ),
    KnownBug(
        "nm-late-group",  # nm-device-wifi-p2p.c:845-850, and then RemoveInterface, seen with 1.42 and 1.52
        NETWORKMANAGER,
        "A group that forms after its deadline leaves an interface behind that not even wpa_supplicant knows.",
        "It sees the interface, and removes it (rung remove-group); without the right to, `airhail doctor` names it.",
        limits=True,
    ),
    KnownBug(
        "nm-unmanage",  # nm-device-wifi-p2p.c:898-940: mgmt_iface is set again only with the parent
        NETWORKMANAGER,
        "A Wi-Fi Direct device that is set unmanaged and managed again stays unavailable for good.",
        "It never does that; switching Wi-Fi off and on mends it.",
    ),
    KnownBug(
        "nm-stale-peers",  # nm-supplicant-interface.c:1032-1037, :936, :942
        NETWORKMANAGER,
        "A peer's signal and time of last sight stay as they were at first, and its model is never told.",
        "It asks wpa_supplicant where it may (tier netdev), and follows who comes and goes itself.",
    ),
    KnownBug(
        "wpa-waiting-flag",  # p2p.c:3063-3084: Cancel leaves P2P_DEV_PEER_WAITING_RESPONSE set
        SUPPLICANT,
        "After an attempt that only one end made, a stale mark (PEER_WAITING_RESPONSE) can make both ends drop "
        "each other's requests for good.",
        "It ends an attempt after 20 s, keeps 2 s apart after a failure, and clears the mark (rung clear-flags).",
    ),
    KnownBug(
        "wpa-half-undone",  # p2p.c:1304-1324 and p2p_supplicant.c:8330-8336
        SUPPLICANT,
        "Stopping a find leaves the peer authorised, so a group may form that nobody wants any more.",
        "It stops no find while an activation goes on.",
    ),
    KnownBug(
        "wpa-same-instant",  # seen in 5 of 40 runs on simulated radios; p2p_go_neg.c:904-917
        SUPPLICANT,
        "Two ends that begin in the same instant fail about one time in eight.",
        "The lower address moves first, the other follows its request.",
    ),
    KnownBug(
        "wpa-one-engine",  # p2p_supplicant.c:4788, dbus_new_handlers_p2p.c:171
        SUPPLICANT,
        "Only the first of several adapters can do Wi-Fi Direct, though NetworkManager shows a device for each.",
        "It uses the device that gets peers.",
    ),
    KnownBug(
        "wpa-listen-lost",  # a failed remain-on-channel is not tried again; seen with two-channel radios
        SUPPLICANT,
        "A listen that the driver refuses once is never tried again, so the host is deaf until the next find.",
        "It finds again after each attempt.",
    ),
    KnownBug(
        "wpa-leaked-interface",  # dbus_new_handlers_p2p.c:722-730: Cancel works on wlan0's half only
        SUPPLICANT,
        "An attempt that is given up can leave the interface that was made for its group.",
        "The next find takes it away (rung renew-find); until then `airhail doctor` names it.",
        limits=True,
    ),
    KnownBug(
        "wpa-narrow-group",  # dbus_new_handlers_p2p.c:654-657: ht40, vht, he are 0
        SUPPLICANT,
        "A group owned by this host is 20 MHz wide and without 802.11ac and ax: some 72 Mbit/s for each antenna.",
        "Nothing yet: a link is faster when the other end, a phone for instance, owns the group.",
        limits=True,
    ),
)

# What a version begins with: its numbers; what follows ("-rc1", "-1+deb12u1") is the packager's.
NUMBERS = re.compile(r"\d+(?:\.\d+)*")


def version_of(text: str) -> Version:
    """Return the numbers of the first version in a text, `()` when there is none."""
    found = NUMBERS.search(text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def bugs_of(program: str, version: Version) -> Iterator[KnownBug]:
    """Return the bugs that a version of a program has."""
    for bug in KNOWN_BUGS:
        if bug.program != program:
            continue
        if bug.fixed is None or version < bug.fixed:
            yield bug
