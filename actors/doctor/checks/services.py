"""The services on which a link rests: NetworkManager, wpa_supplicant, and what they show of the radio."""

from collections.abc import Iterator

from airhail.actors.doctor.bugs import NETWORKMANAGER, SUPPLICANT, Version, bugs_of, version_of
from airhail.actors.doctor.checks.combinations import GROUP_KINDS, most_groups
from airhail.actors.doctor.checks.radio import p2p_radios, switched_off
from airhail.actors.doctor.facts import Facts, Presence, Unseen
from airhail.actors.doctor.findings import Finding, Grade, broken, fine, limit, unknown
from airhail.actors.nl80211 import NL80211_IFTYPE_P2P_CLIENT
from airhail.actors.reasons import EXPLANATIONS, Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState

OLDEST_NETWORKMANAGER: Version = (1, 42)
"""The oldest with which links are made in the lab (Debian 12)."""

OLDEST_SUPPLICANT: Version = (2, 10)
"""As above."""


def explained(reason: Reason, detail: str = "", about: str = "") -> Finding:
    """Return a broken finding in the words of a reason."""
    explanation = EXPLANATIONS[reason]
    return broken(explanation.sentence + (f" ({detail})" if detail else ""), explanation.advice, about)


def networkmanager(facts: Facts) -> Iterator[Finding]:
    """Tell whether NetworkManager is there, answers, and is new enough."""
    manager = facts.networkmanager
    match manager.presence:
        case Presence.NO_BUS:
            yield broken(
                f"The system bus cannot be reached: {manager.said}",
                "Start it (`systemctl start dbus`), or put its address right: section [bus] of the configuration, "
                "DBUS_SYSTEM_BUS_ADDRESS.",
            )
        case Presence.AWAY:
            yield explained(Reason.NETWORKMANAGER_GONE)
        case Presence.SILENT:
            yield explained(Reason.NETWORKMANAGER_SILENT, manager.said)
        case Presence.REFUSED:
            yield broken(
                f"The bus does not let this user talk to NetworkManager: {manager.said}",
                "Look for a policy that denies it in /etc/dbus-1/system.d and /usr/share/dbus-1/system.d.",
            )
        case Presence.HERE:
            version = version_of(manager.version)
            if not version:
                yield unknown(f"NetworkManager does not tell its version ({manager.version or 'nothing'}).")
            elif version < OLDEST_NETWORKMANAGER:
                yield limit(
                    f"NetworkManager {manager.version} is older than 1.42, the oldest that airhail was tried with.",
                    "Update it if links fail.",
                )
            else:
                yield fine(f"NetworkManager {manager.version} answers.")


def wpa_supplicant(facts: Facts) -> Iterator[Finding]:
    """Tell whether wpa_supplicant is there, can do Wi-Fi Direct, and is new enough."""
    supplicant = facts.supplicant
    match supplicant.presence:
        case Presence.NO_BUS:
            yield unknown("wpa_supplicant cannot be asked after: its bus cannot be reached.")
            return
        case Presence.AWAY if supplicant.iwd:
            yield limit(
                "NetworkManager seems to use iwd and not wpa_supplicant; airhail was never tried with iwd.",
                "If links fail: remove `wifi.backend=iwd` from NetworkManager's configuration and install "
                "wpa_supplicant.",
            )
            return
        case Presence.AWAY if not radios_seen(facts):
            yield fine("wpa_supplicant is not running: NetworkManager starts it when there is a radio.")
            return
        case Presence.AWAY:
            yield explained(Reason.SUPPLICANT_GONE)
            return
        case Presence.SILENT:
            yield broken(
                f"wpa_supplicant is there but does not answer: {supplicant.said}",
                "It may be stuck: `journalctl -u wpa_supplicant`; if it stays so, `systemctl restart wpa_supplicant` "
                "(Wi-Fi drops for some seconds).",
            )
            return
    if supplicant.capabilities is not None and "p2p" not in supplicant.capabilities:
        yield broken(
            "This wpa_supplicant was built without Wi-Fi Direct.",
            "Install one that was built with CONFIG_P2P, as the distributions' own are.",
        )
        return
    told = facts.supplicant_version
    if isinstance(told, Unseen):
        yield unknown(f"wpa_supplicant runs; its version is not known: {told.why}.")
    elif version_of(told) < OLDEST_SUPPLICANT:
        yield limit(
            f"wpa_supplicant {told} is older than 2.10, the oldest that airhail was tried with.",
            "Update it if links fail.",
        )
    else:
        yield fine(f"wpa_supplicant {told} runs.")


def known_bugs(facts: Facts) -> Iterator[Finding]:
    """Tell the known bugs of the versions that are here, each with what airhail does about it."""
    here = {
        NETWORKMANAGER: facts.networkmanager.version if facts.networkmanager.presence is Presence.HERE else "",
        SUPPLICANT: "" if isinstance(facts.supplicant_version, Unseen) else facts.supplicant_version,
    }
    for program, told in here.items():
        if not told:
            yield unknown(f"Which known bugs {program} has cannot be told: its version is not known.", about=program)
            continue
        for bug in bugs_of(program, version_of(told)):
            sentence = f"{program} {told}: {bug.sentence} airhail: {bug.airhail}"
            yield Finding(Grade.LIMIT if bug.limits else Grade.FINE, sentence, about=bug.id)


def p2p_device(facts: Facts) -> Iterator[Finding]:
    """Tell whether NetworkManager offers a Wi-Fi Direct device, and whether it can be used."""
    manager = facts.networkmanager
    if manager.presence is not Presence.HERE:
        yield unknown("NetworkManager does not tell of its devices.")
        return
    if switched_off(facts):
        yield unknown("The Wi-Fi Direct device cannot be judged while Wi-Fi is switched off.")
        return
    usable = [one for one in manager.p2p if one.state >= DeviceState.DISCONNECTED]
    names = ", ".join(one.interface for one in manager.p2p)
    if usable:
        for one in usable:
            ready = one.state == DeviceState.DISCONNECTED
            stands = "is ready" if ready else f"is in use ({one.state.name.lower()})"
            yield fine(f"NetworkManager's Wi-Fi Direct device {one.interface} {stands}.", one.interface)
        if len(manager.p2p) > 1:
            yield limit(
                f"NetworkManager shows {len(manager.p2p)} Wi-Fi Direct devices ({names}), of which only one has an "
                "engine; airhail uses the one that gets peers.",
                about="engine",
            )
    elif not manager.p2p:
        wlans = ", ".join(f"{one.interface} ({one.state.name.lower()})" for one in manager.wlans) or "none"
        yield explained(Reason.NO_RADIO, f"Wi-Fi adapters: {wlans}")
    elif all(one.state <= DeviceState.UNMANAGED for one in manager.p2p):
        yield explained(Reason.RADIO_UNMANAGED, names)
    else:
        yield explained(Reason.RADIO_UNAVAILABLE, names)


def leftovers(facts: Facts) -> Iterator[Finding]:
    """Tell whether there is a group's interface of which NetworkManager knows nothing."""
    manager = facts.networkmanager
    if isinstance(facts.wireless, Unseen) or manager.presence is not Presence.HERE:
        yield unknown("Whether a group was left behind takes the kernel and NetworkManager to tell.")
        return
    groups = [one for one in facts.wireless.interfaces if one.kind in GROUP_KINDS]
    known = {one.ip_interface for one in manager.p2p}
    if any(one.state > DeviceState.DISCONNECTED and not one.ip_interface for one in manager.p2p):
        # What is being formed has its interface, and is used, before NetworkManager tells of it.
        yield fine("A link is being made just now.")
        return
    lost = [one for one in groups if one.name not in known]
    for one in lost:
        # wpa_supplicant knows nothing of it any more, and NetworkManager never did: Wi-Fi off and on leaves it there.
        advice = (
            f"If no other program uses it: as root `iw dev {one.name} del`, or `systemctl restart wpa_supplicant` "
            "(Wi-Fi drops for some seconds)."
        )
        sentence = f"{one.name} is the interface of a Wi-Fi Direct group of which NetworkManager knows nothing"
        if one.kind == NL80211_IFTYPE_P2P_CLIENT:
            # Made for an attempt that was given up; the next one uses it (p2p_supplicant.c:2222-2232).
            yield limit(f"{sentence}; the next link uses it or removes it.", advice, one.name)
        elif any(radio.index == one.radio and most_groups(radio) <= 1 for radio in p2p_radios(facts)):
            yield broken(f"{sentence}, and this radio has room for one group only.", advice, one.name)
        else:
            yield limit(f"{sentence}; it takes up the radio.", advice, one.name)
    if not lost:
        yield fine("No group was left behind.")


def radios_seen(facts: Facts) -> bool:
    """Tell whether there may be a radio for which wpa_supplicant would be needed."""
    return isinstance(facts.wireless, Unseen) or bool(facts.wireless.radios)
