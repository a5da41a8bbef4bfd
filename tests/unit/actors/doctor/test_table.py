import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from airhail.actors.doctor.checks.table import CHECKS, examine
from airhail.actors.doctor.facts import (
    AirhailFacts,
    BluetoothFacts,
    Facts,
    Firewall,
    NetworkManagerFacts,
    Presence,
    Radio,
    Rights,
    SupplicantFacts,
    Switch,
    Unseen,
    User,
    Wireless,
)
from airhail.actors.doctor.findings import Grade
from tests.unit.actors.doctor.healthy import HEALTHY, RADIO

MISSED = Unseen("no answer")
PRESENCES = st.sampled_from(Presence)
# Beside what a healthy host has: what is missing, what is there and bare, and what could not be looked at.
FACTS = st.builds(
    replace,
    st.just(HEALTHY),
    user=st.sampled_from([HEALTHY.user, User(0, "root", net_admin=True, netdev_exists=False)]),
    wireless=st.sampled_from([HEALTHY.wireless, MISSED, Wireless(), Wireless((RADIO, Radio(1, "phy1")))]),
    switches=st.sampled_from([HEALTHY.switches, MISSED, (), (Switch("phy0", "wlan", soft=True, hard=True),)]),
    networkmanager=st.just(HEALTHY.networkmanager) | st.builds(NetworkManagerFacts, PRESENCES, st.just("its words")),
    supplicant=st.just(HEALTHY.supplicant) | st.builds(SupplicantFacts, PRESENCES, iwd=st.booleans()),
    rights=st.sampled_from([HEALTHY.rights, MISSED, Rights({}, polkit=False), Rights({}, polkit=True)]),
    bluetooth=st.just(HEALTHY.bluetooth) | st.builds(BluetoothFacts, PRESENCES),
    supplicant_version=st.sampled_from(["2.10", "2.9", "", MISSED]),
    dnsmasq=st.sampled_from(["/usr/sbin/dnsmasq", "", MISSED]),
    firewall=st.sampled_from([HEALTHY.firewall, MISSED, Firewall(MISSED, ("ufw",), ("filter",))]),
    airhail=st.sampled_from([HEALTHY.airhail, MISSED, AirhailFacts(running=False, where="/run/airhail")]),
    mistake=st.sampled_from(["", "airhail.toml, line 1"]),
)


def test_a_healthy_host_is_fine_but_for_the_bugs_of_others() -> None:
    others = [found for found in examine(HEALTHY) if found["check"] != "known-bugs"]
    assert {found["grade"] for found in others} == {"fine"}
    assert {found["check"] for found in examine(HEALTHY)} == set(CHECKS)


@given(FACTS)
def test_every_check_says_something_whatever_the_facts(facts: Facts) -> None:
    findings = examine(facts)
    # Without a radio there is nothing to say of its channels and rules.
    assert {found["check"] for found in findings} >= CHECKS.keys() - {"combinations", "regulatory"}
    for found in json.loads(json.dumps(findings)):
        assert found["grade"] in set(Grade)
        assert found["sentence"]
        assert found["advice"] or found["grade"] != "broken", found
