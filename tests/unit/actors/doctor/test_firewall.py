from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from airhail.actors.doctor.checks.firewall import firewall
from airhail.actors.doctor.facts import Firewall, Unseen, User
from airhail.actors.doctor.findings import Finding, Grade
from airhail.actors.doctor.ruleset import base_chains, fate
from tests.unit.actors.doctor.healthy import HEALTHY

Object = Mapping[str, Any]
ACCEPT: Object = {"accept": None}
DROP: Object = {"drop": None}
ESTABLISHED: Object = {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}}
TABLE: Object = {"table": {"family": "inet", "name": "filter", "handle": 1}}
META: Object = {"metainfo": {"version": "1.0.6", "json_schema_version": 1}}


def chain(policy: str = "accept", hook: str = "input", name: str = "input", **changes: str) -> Object:
    base = {"family": "inet", "table": "filter", "name": name, "type": "filter", "hook": hook, "policy": policy}
    return {"chain": {**base, **changes}}


def plain_chain(name: str) -> Object:
    return {"chain": {"family": "inet", "table": "filter", "name": name}}


def rule(*expressions: Object, name: str = "input") -> Object:
    return {"rule": {"family": "inet", "table": "filter", "chain": name, "expr": list(expressions)}}


def on(right: Any, op: str = "==", key: str = "iifname") -> Object:
    return {"match": {"op": op, "left": {"meta": {"key": key}}, "right": right}}


def fate_of(*objects: Object, hook: str = "input") -> str:
    ruleset = (META, TABLE, *objects)
    (base,) = base_chains(ruleset, hook)
    return fate(ruleset, base, hook)


def judged(*objects: Object, **changes: Any) -> list[Finding]:
    return list(firewall(replace(HEALTHY, firewall=Firewall(objects, **changes))))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ((), "drop"),
        ((rule(ESTABLISHED, ACCEPT),), "drop"),
        ((rule(on("p2p-*"), ACCEPT),), "accept"),
        ((rule(on("p2p-wlan0-0"), ACCEPT),), "accept"),
        ((rule(on("wlan0"), ACCEPT),), "drop"),
        ((rule(on("wlan0", op="!="), ACCEPT),), "accept"),
        ((rule(on({"set": ["lo", "p2p-*"]}), ACCEPT),), "accept"),
        ((rule(on("lo", key="iif"), ACCEPT),), "drop"),
        ((rule({"counter": {"packets": 1, "bytes": 2}}, ACCEPT),), "accept"),
        ((rule({"limit": {"rate": 1, "per": "second"}}, ACCEPT),), "drop"),
        ((rule({"reject": {}}), rule(ACCEPT)), "drop"),
        ((rule({"jump": {"target": "peers"}}), plain_chain("peers"), rule(ACCEPT, name="peers")), "accept"),
        ((rule({"jump": {"target": "peers"}}), plain_chain("peers"), rule({"return": None}, name="peers")), "drop"),
        ((rule({"goto": {"target": "peers"}}), plain_chain("peers"), rule(ACCEPT)), "drop"),
        ((rule({"jump": {"target": "input"}}),), "drop"),
    ],
)
def test_what_becomes_of_a_packet_where_the_policy_is_to_drop(rules: tuple[Object, ...], expected: str) -> None:
    assert fate_of(chain("drop"), *rules) == expected


def reading(protocol: str, field: str, right: Any, op: str = "==") -> Object:
    return {"match": {"op": op, "left": {"payload": {"protocol": protocol, "field": field}}, "right": right}}


SERVICE = reading("udp", "dport", 26485)
PRIVATE = reading("ip", "daddr", {"prefix": {"addr": "10.0.0.0", "len": 8}})
NEW: Object = {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["new", "established"]}}
ADDRTYPE: Object = {"xt": {"type": "match", "name": "addrtype"}}
STATES: Object = {"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": [["established", ACCEPT]]}}}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        # For packets that a peer does not begin a link's service with, or for one service alone.
        ((rule(reading("tcp", "dport", 22), ACCEPT),), "drop"),
        ((rule({"xt": {"type": "match", "name": "tcp"}}, ACCEPT),), "drop"),
        ((rule(PRIVATE, DROP),), "drop"),
        ((rule(PRIVATE, on("wlan0"), ACCEPT),), "drop"),
        ((rule(STATES),), "drop"),
        # What may be all that passes on a link.
        ((rule(PRIVATE, ACCEPT),), "perhaps"),
        ((rule(reading("tcp", "dport", 22, op="!="), ACCEPT),), "perhaps"),
        ((rule(on("@inside"), ACCEPT),), "perhaps"),
        ((rule(on("@outside", op="!="), ACCEPT),), "perhaps"),
        ((rule({"vmap": {"key": {"meta": {"key": "iifname"}}, "data": "@verdicts"}}),), "perhaps"),
        ((rule(NEW, ACCEPT),), "accept"),
        # Whoever names links in a rule has thought of them.
        ((rule(on("p2p-*"), SERVICE, ACCEPT),), "perhaps"),
        # ufw's chain for what is not for this host, before the user's own rules.
        (
            (
                rule({"jump": {"target": "not-local"}}),
                plain_chain("not-local"),
                rule(ADDRTYPE, {"return": None}, name="not-local"),
                rule(DROP, name="not-local"),
                rule(on("p2p-*"), ACCEPT),
            ),
            "perhaps",
        ),
        ((rule(PRIVATE, {"jump": {"target": "x"}}), plain_chain("x"), rule(ACCEPT, name="x")), "perhaps"),
        ((rule(PRIVATE, {"jump": {"target": "x"}}), plain_chain("x")), "drop"),
        ((rule(PRIVATE, {"jump": {"target": "x"}}), plain_chain("x"), rule(DROP, name="x")), "drop"),
        ((rule(PRIVATE, {"goto": {"target": "x"}}), plain_chain("x")), "perhaps"),
        ((rule({"jump": {"target": "x"}}), plain_chain("x"), rule(PRIVATE, ACCEPT, name="x")), "perhaps"),
    ],
)
def test_rules_with_other_conditions_may_spare_a_link(rules: tuple[Object, ...], expected: str) -> None:
    assert fate_of(chain("drop"), *rules) == expected


def test_what_a_link_may_be_spared_is_not_told_as_certain() -> None:
    for hook in ("input", "output"):
        (found,) = judged(chain("drop", hook=hook), rule(PRIVATE, ACCEPT))
        assert (found.grade, found.about) == (Grade.UNKNOWN, "inet filter input")


@pytest.mark.parametrize(
    "rejecting",
    [DROP, {"reject": {"type": "icmpx"}}, {"xt": {"type": "target", "name": "REJECT"}}],
)
def test_a_last_rule_that_drops_is_as_good_as_a_policy(rejecting: Object) -> None:
    assert fate_of(chain(), rule(ESTABLISHED, ACCEPT), rule(rejecting)) == "drop"
    assert fate_of(chain(), rule({"xt": {"type": "match", "name": "tcp"}}, rejecting)) == "accept"


def test_only_filter_chains_at_the_hook_count() -> None:
    ruleset = (chain(type="nat"), chain(hook="forward"), chain(family="bridge"), plain_chain("input"))
    assert list(base_chains(ruleset, "input")) == []


def test_no_rules_are_fine_and_dropping_ones_are_not() -> None:
    assert [found.grade for found in judged()] == [Grade.FINE]
    (found,) = judged(chain("drop"))
    assert (found.grade, found.about) == (Grade.LIMIT, "inet filter input")
    (found,) = judged(chain("drop", hook="output", name="output"))
    assert (found.grade, found.about) == (Grade.BROKEN, "inet filter output")


def test_rules_that_cannot_be_seen_are_said_to_be_unseen() -> None:
    (found,) = firewall(replace(HEALTHY, firewall=Firewall(Unseen("nft is not installed"))))
    assert (found.grade, found.advice) == (Grade.UNKNOWN, "")
    plain = replace(HEALTHY, user=User(1000, "anna", net_admin=False, netdev_exists=True))
    (found,) = firewall(replace(plain, firewall=Firewall(Unseen("that takes CAP_NET_ADMIN"))))
    assert "sudo airhail doctor" in found.advice
    (found,) = firewall(replace(HEALTHY, firewall=Unseen("late")))
    assert found.grade is Grade.UNKNOWN


def test_other_firewalls_are_named() -> None:
    assert [(found.grade, found.about) for found in judged(managers=("ufw",))] == [(Grade.LIMIT, "ufw")]
    grades = {found.about: found.grade for found in judged(legacy_tables=("filter",))}
    assert grades == {"rules": Grade.FINE, "legacy": Grade.UNKNOWN}
