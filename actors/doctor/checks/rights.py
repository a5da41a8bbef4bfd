"""What this user may do: through NetworkManager, through wpa_supplicant, and as administrator.

The rights that count are those of the user as whom airhail runs, which may be another than the one who asks.
"""

from collections.abc import Iterator

from airhail.actors.doctor.bugs import version_of
from airhail.actors.doctor.facts import AirhailFacts, Facts, Presence, Unseen
from airhail.actors.doctor.findings import Finding, broken, fine, limit, unknown
from airhail.actors.reasons import EXPLANATIONS, Reason

PREFIX = "org.freedesktop.NetworkManager."
CONTROL = f"{PREFIX}network-control"
SCAN = f"{PREFIX}wifi.scan"
OWN = f"{PREFIX}settings.modify.own"
SYSTEM = f"{PREFIX}settings.modify.system"

# From this version on a find needs the permission wifi.scan (NetworkManager's NEWS, 1.46).
SCAN_ASKED_SINCE = (1, 46)


def networkmanager_rights(facts: Facts) -> Iterator[Finding]:
    """Tell whether NetworkManager lets this user look for peers and make links."""
    who = f"{facts.user.name} (uid {facts.user.uid})"
    match facts.rights:
        case Unseen(why):
            yield unknown(f"What NetworkManager lets {who} do is not known: {why}")
            return
        case rights:
            needed = {"make links": (CONTROL,), "keep a link's profile": (OWN, SYSTEM)}
            version = version_of(facts.networkmanager.version)
            if not version or version >= SCAN_ASKED_SINCE:
                needed = {"look for peers": (SCAN,), **needed}
            lacking = {
                what: actions
                for what, actions in needed.items()
                if all(rights.permissions.get(action) != "yes" for action in actions)
            }
    if not lacking:
        yield fine(f"NetworkManager lets {who} {', '.join(needed)}.")
        return
    answers = ", ".join(
        f"{action.removeprefix(PREFIX)}: {rights.permissions.get(action, 'not known')}"
        for actions in lacking.values()
        for action in actions
    )
    sentence = f"NetworkManager does not let {who} {', '.join(lacking)} without asking ({answers})."
    other = daemon_of_another(facts)
    if other is not None:
        yield limit(f"{sentence} The airhail that runs is that of uid {other}, whose rights count.")
    elif not rights.polkit:
        yield broken(
            f"{sentence} There is no polkit, without which it lets root alone.",
            "Install polkit (Debian: `apt install polkitd`), or run airhail as root.",
        )
    else:
        yield broken(sentence, EXPLANATIONS[Reason.NOT_PERMITTED].advice)


def tiers(facts: Facts) -> Iterator[Finding]:
    """Tell how far this user's rights reach beyond NetworkManager."""
    match facts.supplicant.presence:
        case Presence.HERE:
            yield fine("Tier netdev: wpa_supplicant talks to this user.", "netdev")
        case Presence.REFUSED:
            sentence = (
                "Tier user: wpa_supplicant does not talk to this user, so a peer's request is not heard, "
                "failures are told late, and peers see no name."
            )
            if (other := daemon_of_another(facts)) is not None:
                sentence += f" The airhail that runs is that of uid {other}, whose rights count."
            advice = (
                f"`adduser {facts.user.name} netdev` as root, and log in again."
                if facts.user.netdev_exists
                else "Install airhail as a service (`scripts/install`), which brings a D-Bus policy for it, or "
                "run it as root."
            )
            yield limit(sentence, advice, "netdev")
        case Presence.AWAY | Presence.SILENT | Presence.NO_BUS:
            yield unknown("Whether wpa_supplicant talks to this user cannot be told now.", about="netdev")
    if facts.user.net_admin:
        yield fine("Tier admin: this process has CAP_NET_ADMIN.", "admin")
    else:
        sentence = (
            "Tier admin is not there (no CAP_NET_ADMIN): a client's power save stays on, which costs up to 0.1 s."
        )
        yield fine(sentence, "admin")


def daemon_of_another(facts: Facts) -> int | None:
    """Return the user of the airhail that runs, when it is another than the one who asks."""
    match facts.airhail:
        case AirhailFacts(running=True, uid=int(uid)) if uid != facts.user.uid:
            return uid
    return None
