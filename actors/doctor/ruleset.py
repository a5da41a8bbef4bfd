"""What nftables' rules make of a packet with which a peer begins something on a link.

Rules are those of `nft --json list ruleset` (libnftables-json(5)). What looks at the interface's name is followed. A
rule for one service or protocol is passed over, unless it names links: it is for some packets, and the question is
what becomes of all others. Any other condition may hold for all that passes on a link, so what is dropped behind such
an exception is dropped perhaps.
"""

import enum
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

GROUP_INTERFACE = "p2p-wlan0-0"
"""What the interface of a group is called (wpa_supplicant, p2p_supplicant.c: p2p-PARENT-NUMBER)."""

FAMILIES = frozenset({"ip", "ip6", "inet"})
NAME_OF = {"input": ("iifname", "iif"), "output": ("oifname", "oif")}
DEEPEST = 16
"""Jumps followed: the kernel allows no more (NFT_JUMP_STACK_SIZE)."""

PROTOCOLS = frozenset({"tcp", "udp", "udplite", "sctp", "dccp", "th", "icmp", "icmpv6", "igmp", "ah", "esp", "comp"})
"""Whose headers tell a service, in nftables' words and in those of iptables' matches (xt)."""

Object = Mapping[str, Any]


class Holds(enum.Enum):
    """For which packets on a link a condition holds."""

    ALL = enum.auto()
    LINKS = enum.auto()
    """For all, and by the name of their interface."""
    SOME = enum.auto()
    """For those of a service, a protocol or a rate."""
    PERHAPS = enum.auto()
    NONE = enum.auto()


def base_chains(ruleset: Sequence[Object], hook: str) -> Iterator[Object]:
    """Return the filter chains into which the kernel hands packets at a hook."""
    for each in ruleset:
        match each:
            case {"chain": {"type": "filter", "hook": str(at), "family": str(family)} as chain}:
                if at == hook and family in FAMILIES:
                    yield chain


def fate(ruleset: Sequence[Object], chain: Object, hook: str) -> str:
    """Return what becomes of a packet in a base chain: "accept", "drop", or "perhaps" for one that may be dropped."""
    verdict, spared = walk(ruleset, chain, hook, 0)
    verdict = verdict or chain.get("policy", "accept")
    return "perhaps" if verdict == "drop" and spared else verdict


def walk(ruleset: Sequence[Object], chain: Object, hook: str, depth: int) -> tuple[str, bool]:
    """Return what the rules of a chain decide, "" for nothing, and whether one before may have spared the packet."""
    key = (chain["family"], chain["table"], chain["name"])
    spared = False
    for each in ruleset:
        rule = each.get("rule")
        if rule is None or (rule.get("family"), rule.get("table"), rule.get("chain")) != key:
            continue
        holds = rule_holds(rule.get("expr", ()), hook)
        if holds in (Holds.NONE, Holds.SOME):
            continue
        verdict, its_spared, over = outcome(ruleset, chain, rule.get("expr", ()), hook, depth)
        spared = spared or its_spared
        if over and holds is Holds.ALL:
            return verdict, spared
        spared = spared or (over and verdict != "drop")
    return "", spared


def outcome(
    ruleset: Sequence[Object], chain: Object, parts: Sequence[Object], hook: str, depth: int
) -> tuple[str, bool, bool]:
    """Return what a rule that holds decides, as `walk` does, and whether the chain is over with it."""
    for part in parts:
        match part:
            case {"accept": _} | {"vmap": _}:  # of a map's verdicts one may be to accept
                return "accept", False, True
            case {"drop": _} | {"reject": _} | {"xt": {"type": "target", "name": "REJECT" | "DROP"}}:
                return "drop", False, True
            case {"return": _}:
                return "", False, True
            case {"jump": {"target": target}} | {"goto": {"target": target}} if depth < DEEPEST:
                verdict, spared = walk(ruleset, {**chain, "name": target}, hook, depth + 1)
                return verdict, spared, bool(verdict) or "goto" in part
    return "", False, False


def rule_holds(parts: Sequence[Object], hook: str) -> Holds:
    """Tell for which packets on a link all conditions of a rule hold."""
    found = {part_holds(part, hook) for part in parts}
    if Holds.NONE in found:
        return Holds.NONE
    # Whoever names links has made a rule for what passes there.
    if Holds.PERHAPS in found or found >= {Holds.SOME, Holds.LINKS}:
        return Holds.PERHAPS
    return Holds.SOME if Holds.SOME in found else Holds.ALL


def part_holds(part: Object, hook: str) -> Holds:
    """Tell for which packets on a link one part of a rule lets on to the next."""
    match part:
        case {"match": {"op": str(op), "left": left, "right": right}}:
            return match_holds(left, op, right, hook)
        case {"vmap": {"key": left, "data": {"set": list(pairs)}}}:
            holds = match_holds(left, "==", [pair[0] for pair in pairs if isinstance(pair, list) and pair], hook)
            return Holds.NONE if holds is Holds.NONE else Holds.PERHAPS
        case {"limit": _}:
            return Holds.SOME
        case {"xt": {"type": "match", "name": name}}:
            return Holds.SOME if name in PROTOCOLS else Holds.PERHAPS
        case {"match": _} | {"vmap": _}:
            return Holds.PERHAPS
    return Holds.ALL


def match_holds(left: Any, op: str, right: Any, hook: str) -> Holds:
    """Tell for which packets on a link a comparison holds."""
    match left:
        case {"meta": {"key": str(key)}} if key in NAME_OF[hook]:
            if any(each.startswith("@") for each in words(right)):
                return Holds.PERHAPS  # a set that is listed elsewhere
            if any(fnmatchcase(GROUP_INTERFACE, each) for each in words(right)) is (op == "!="):
                return Holds.NONE
            return Holds.ALL if op == "!=" else Holds.LINKS
        case {"ct": {"key": "state"}}:
            return Holds.NONE if ("new" in words(right)) is (op == "!=") else Holds.ALL
        case {"payload": {"protocol": protocol}} if protocol in PROTOCOLS and op != "!=":
            return Holds.SOME
        case {"meta": {"key": "l4proto"}} | {"payload": {"field": "protocol" | "nexthdr"}} if op != "!=":
            return Holds.SOME
    return Holds.PERHAPS


def words(right: Any) -> list[str]:
    """Return the words on the right side of a comparison."""
    match right:
        case str(word):
            return [word]
        case {"set": members} | {"|": members} | {"elem": {"val": members}}:
            return words(members)
        case list(members):
            return [word for member in members for word in words(member)]
    return []
