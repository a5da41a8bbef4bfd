"""The radio: whether there is one, what its driver can do, what the law lets it do, and who has switched it off."""

from collections.abc import Iterator

from airhail.actors.doctor.checks.combinations import GROUP_KINDS, beside_wifi, channels_for, most_groups
from airhail.actors.doctor.facts import Facts, Presence, Radio, Regulatory, Switch, Unseen, Wireless
from airhail.actors.doctor.findings import Finding, broken, fine, limit, unknown
from airhail.actors.nl80211 import NL80211_IFTYPE_P2P_CLIENT, NL80211_IFTYPE_P2P_GO
from airhail.actors.reasons import EXPLANATIONS, Reason

# Channels 1, 6 and 11, on which peers look for one another (Wi-Fi P2P Technical Specification 3.1.2.1.1), and one of
# each of the two parts of 5 GHz in which a group may be owned without radar detection; centres in MHz.
SOCIAL = (2412.0, 2437.0, 2462.0)
FIVE_GHZ = (5180.0, 5745.0)
WORLD = "00"


def radio(facts: Facts) -> Iterator[Finding]:
    """Tell whether there is a radio whose driver can do Wi-Fi Direct."""
    match facts.wireless:
        case Unseen(why):
            yield unknown(f"The kernel did not tell of its radios: {why}")
        case Wireless(radios=()):
            yield broken(
                "This host has no Wi-Fi radio.",
                "Plug in a Wi-Fi adapter whose driver can do P2P; `dmesg` tells of missing firmware.",
            )
        case Wireless(radios=radios):
            able = [one for one in radios if can_p2p(one)]
            for one in able:
                yield fine(f"{called(one)} can own a Wi-Fi Direct group and be a client in one.", one.name)
            others = ", ".join(called(one) for one in radios if one not in able)
            if able and others:
                yield limit(f"{others} cannot do Wi-Fi Direct; links use another radio.")
            elif others:
                yield broken(
                    f"{others} cannot do Wi-Fi Direct: the driver has no P2P-client and P2P-GO modes.",
                    EXPLANATIONS[Reason.NO_RADIO].advice,
                )


def combinations(facts: Facts) -> Iterator[Finding]:
    """Tell what a link leaves possible beside it: an ordinary Wi-Fi network, other channels, more groups."""
    for one in p2p_radios(facts):
        groups = most_groups(one)
        if not groups:
            yield limit(
                f"{called(one)} cannot be in a Wi-Fi network and in a group at once: a link takes the place "
                "of the Wi-Fi.",
                "`nmcli device disconnect` the Wi-Fi before `airhail connect`, or add a second adapter.",
                f"{one.name}/wifi",
            )
            continue
        widths = {kind: channels_for(one, beside_wifi(one, kind)) for kind in GROUP_KINDS}
        if not all(widths.values()):
            role = "owner" if widths[NL80211_IFTYPE_P2P_CLIENT] else "client"
            other = "client" if role == "owner" else "owner"
            yield limit(
                f"{called(one)} can be the {other} of a group beside a Wi-Fi network, but not the {role}: an "
                "attempt in which the two ends agree on that role fails, and is tried again.",
                "Disconnect the Wi-Fi if links fail again and again.",
                f"{one.name}/wifi",
            )
        else:
            yield fine(f"{called(one)} can be in a Wi-Fi network and in a group at once.", f"{one.name}/wifi")
        channels = min(width for width in widths.values() if width)
        if channels == 1:
            yield limit(
                f"{called(one)} works on one channel at a time: a link has to be on the channel of the Wi-Fi network "
                "that is in use, and fails when the other end is bound to another.",
                "Disconnect the Wi-Fi at one end, or use the same access point at both.",
                f"{one.name}/channels",
            )
        else:
            yield fine(
                f"{called(one)} works on {channels} channels at once, in turns: a link on another channel than the "
                "Wi-Fi network's halves the speed of both.",
                f"{one.name}/channels",
            )
        if groups == 1:
            yield limit(
                f"{called(one)} can be in one group at a time: one link, and none while another program's group or "
                "one left behind is there.",
                about=f"{one.name}/groups",
            )
        else:
            yield fine(f"{called(one)} can be in several groups at once.", f"{one.name}/groups")


def regulatory(facts: Facts) -> Iterator[Finding]:
    """Tell which country's rules the radio follows, and where a group may be owned under them."""
    for one in p2p_radios(facts):
        if one.regulatory is None:
            yield unknown(f"The kernel told no rules for {called(one)}.", about=one.name)
            continue
        social = [centre for centre in SOCIAL if may_begin(one.regulatory, centre)]
        fast = [centre for centre in FIVE_GHZ if may_begin(one.regulatory, centre)]
        world = one.regulatory.country == WORLD
        domain = "no country (the world's rules)" if world else f"country {one.regulatory.country}"
        advice = "Tell the system its country, for instance as root `iw reg set DE`; `iw reg get` shows the rules."
        if not social:
            yield broken(
                f"{called(one)}, {domain}: no group may be owned on channels 1, 6 and 11, where peers look for one "
                "another.",
                advice,
                one.name,
            )
        elif not fast:
            yield limit(f"{called(one)}, {domain}: this host may own groups on 2.4 GHz only.", advice, one.name)
        else:
            yield fine(f"{called(one)}, {domain}: this host may own groups on 2.4 and 5 GHz.", one.name)


def switches(facts: Facts) -> Iterator[Finding]:
    """Tell whether somebody has switched Wi-Fi off: the hardware, rfkill, or NetworkManager."""
    for one in blocked(facts):
        if one.hard:
            yield broken(
                f"The hardware switch {one.name} keeps Wi-Fi off.",
                "Use the Wi-Fi key or slide of this machine, or the BIOS setting.",
                one.name,
            )
        else:
            yield broken(
                f"Wi-Fi is blocked in software (rfkill {one.name}).",
                "`rfkill unblock wlan`, or `nmcli radio wifi on`.",
                one.name,
            )
    if switched_off_in_networkmanager(facts):
        yield broken("Wi-Fi is switched off in NetworkManager.", "`nmcli radio wifi on`.", "networkmanager")
    if isinstance(facts.switches, Unseen):
        yield unknown(
            f"The rfkill switches cannot be read: {facts.switches.why}", "`rfkill list` may tell.", "rfkill"
        )
    elif not switched_off(facts):
        yield fine("Nobody has switched Wi-Fi off.")


def switched_off(facts: Facts) -> bool:
    """Tell whether anybody is seen to have switched Wi-Fi off."""
    return bool(blocked(facts)) or switched_off_in_networkmanager(facts)


def switched_off_in_networkmanager(facts: Facts) -> bool:
    """Tell whether NetworkManager was told to keep Wi-Fi off."""
    return facts.networkmanager.presence is Presence.HERE and not facts.networkmanager.wireless_enabled


def blocked(facts: Facts) -> list[Switch]:
    """Return the switches that keep Wi-Fi off."""
    found = () if isinstance(facts.switches, Unseen) else facts.switches
    return [one for one in found if one.kind == "wlan" and (one.soft or one.hard)]


def p2p_radios(facts: Facts) -> list[Radio]:
    """Return the radios that can do Wi-Fi Direct; none when there is none to be seen."""
    return [] if isinstance(facts.wireless, Unseen) else [one for one in facts.wireless.radios if can_p2p(one)]


def can_p2p(one: Radio) -> bool:
    """Tell whether a radio can take both of a group's roles."""
    return {NL80211_IFTYPE_P2P_CLIENT, NL80211_IFTYPE_P2P_GO} <= one.modes


def called(one: Radio) -> str:
    """Name a radio with its driver."""
    return f"{one.name} ({one.driver})" if one.driver else one.name


def may_begin(regulatory: Regulatory, centre: float) -> bool:
    """Tell whether a group of 20 MHz around this frequency may be begun."""
    return any(rule.may_begin and rule.low <= centre - 10 and centre + 10 <= rule.high for rule in regulatory.rules)
