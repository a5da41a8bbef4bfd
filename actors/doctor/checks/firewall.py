"""The firewall: what becomes of a packet on a link that no rule was made for.

Rules are those of `nft --json list ruleset` (libnftables-json(5)). Only what looks at the interface's name is
followed; a rule with any other condition is passed over, since it is for some packets and not for all.
"""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from airhail.actors.doctor.facts import Facts, Firewall, Unseen, User
from airhail.actors.doctor.findings import Finding, broken, fine, limit, unknown

GROUP_INTERFACE = "p2p-wlan0-0"
"""What the interface of a group is called (wpa_supplicant, p2p_supplicant.c: p2p-PARENT-NUMBER)."""

FAMILIES = frozenset({"ip", "ip6", "inet"})
NAME_OF = {"input": ("iifname", "iif"), "output": ("oifname", "oif")}
DEEPEST = 16
"""Jumps followed: the kernel allows no more (NFT_JUMP_STACK_SIZE)."""

Object = Mapping[str, Any]


def firewall(facts: Facts) -> Iterator[Finding]:
    """Tell whether the firewall drops what passes on a link, as far as this user can see."""
    match facts.firewall:
        case Unseen(why):
            yield unknown(f"The firewall cannot be looked at: {why}")
        case found:
            yield from rules_found(found, facts.user)


def rules_found(found: Firewall, user: User) -> Iterator[Finding]:
    """Tell what the rules, or the programs that make them, mean for a link."""
    advice = (
        "Let in what comes from interfaces `p2p-*`: UDP port 67 (DHCP), UDP port 26485 (airhail's probes), and what "
        "you want peers to reach."
    )
    for manager in found.managers:
        yield limit(
            f"{manager} is switched on, which usually drops what a peer begins: links work, services on this host "
            "may not be reached, and a phone gets no address when this host owns the group.",
            f"{advice} In {manager}'s own terms, so that it does not undo it.",
            manager,
        )
    if isinstance(found.ruleset, Unseen):
        yield unknown(
            f"The firewall's rules cannot be seen: {found.ruleset.why}.",
            "" if user.net_admin else "`sudo airhail doctor` sees them.",
            "rules",
        )
    else:
        dropping = [
            (hook, chain)
            for hook in NAME_OF
            for chain in base_chains(found.ruleset, hook)
            if fate(found.ruleset, chain, hook) == "drop"
        ]
        for hook, chain in dropping:
            name = f"{chain['family']} {chain['table']} {chain['name']}"
            if hook == "output":
                yield broken(
                    f"The firewall's chain {name} drops what this host sends on a link.",
                    "Let out what goes to interfaces `p2p-*`.",
                    name,
                )
            else:
                yield limit(
                    f"The firewall's chain {name} drops what a peer begins: services on this host cannot be reached "
                    "over a link, and a phone gets no address when this host owns the group.",
                    advice,
                    name,
                )
        if not dropping and not found.managers:
            yield fine("No nftables rule drops all that comes or goes on a link.", "rules")
    if found.legacy_tables:
        yield unknown(
            f"There are tables of iptables' older kind ({', '.join(found.legacy_tables)}), not looked at.",
            "`iptables-legacy-save` as root shows them: look for what drops on `p2p-+`.",
            "legacy",
        )


def base_chains(ruleset: Sequence[Object], hook: str) -> Iterator[Object]:
    """Return the filter chains into which the kernel hands packets at a hook."""
    for each in ruleset:
        match each:
            case {"chain": {"type": "filter", "hook": str(at), "family": str(family)} as chain}:
                if at == hook and family in FAMILIES:
                    yield chain


def fate(ruleset: Sequence[Object], chain: Object, hook: str) -> str:
    """Return what becomes of a packet on a group's interface in a base chain: "accept" or "drop"."""
    return walk(ruleset, chain, hook, 0) or chain.get("policy", "accept")


def walk(ruleset: Sequence[Object], chain: Object, hook: str, depth: int) -> str:
    """Return what the rules of a chain decide for every packet on a group's interface; "" when they do not."""
    key = (chain["family"], chain["table"], chain["name"])
    for each in ruleset:
        rule = each.get("rule")
        if rule is None or (rule.get("family"), rule.get("table"), rule.get("chain")) != key:
            continue
        if not all(holds(part, hook) for part in rule.get("expr", ())):
            continue
        for part in rule.get("expr", ()):
            match part:
                case {"accept": _}:
                    return "accept"
                case {"drop": _} | {"reject": _} | {"xt": {"type": "target", "name": "REJECT" | "DROP"}}:
                    return "drop"
                case {"return": _}:
                    return ""
                case {"jump": {"target": target}} | {"goto": {"target": target}} if depth < DEEPEST:
                    called = {**chain, "name": target}
                    decided = walk(ruleset, called, hook, depth + 1)
                    if decided or "goto" in part:
                        return decided
    return ""


def holds(part: Object, hook: str) -> bool:
    """Tell whether one part of a rule lets every packet on a group's interface through to the next part."""
    match part:
        case {"match": {"op": op, "left": {"meta": {"key": str(key)}}, "right": right}} if key in NAME_OF[hook]:
            return names_group(right) is (op != "!=")
        case {"match": _} | {"limit": _} | {"xt": {"type": "match"}} | {"vmap": _}:
            return False
    return True


def names_group(right: Any) -> bool:
    """Tell whether a group's interface is among the names on the right side of a match."""
    match right:
        case str(name):
            return fnmatchcase(GROUP_INTERFACE, name)
        case {"set": list(names)}:
            return any(names_group(each) for each in names)
        case list(names):
            return any(names_group(each) for each in names)
    return False
