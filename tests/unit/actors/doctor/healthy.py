"""A host on which everything is well, from which each test takes something away."""

from dataclasses import replace
from typing import Any

from airhail.actors.doctor.checks.rights import CONTROL, OWN, SCAN
from airhail.actors.doctor.facts import (
    ActorSeen,
    Adapter,
    AirhailFacts,
    BluetoothFacts,
    Combination,
    Device,
    Facts,
    Firewall,
    NetworkManagerFacts,
    Presence,
    Radio,
    Regulatory,
    Rights,
    Rule,
    SupplicantFacts,
    Switch,
    User,
    Wireless,
)
from airhail.actors.nl80211 import (
    NL80211_IFTYPE_P2P_CLIENT,
    NL80211_IFTYPE_P2P_DEVICE,
    NL80211_IFTYPE_P2P_GO,
    NL80211_IFTYPE_STATION,
)
from airhail.ipc.dbus.networkmanager_enums import DeviceState

GROUP = frozenset({NL80211_IFTYPE_P2P_CLIENT, NL80211_IFTYPE_P2P_GO})
STATION = frozenset({NL80211_IFTYPE_STATION})
P2P_DEVICE = frozenset({NL80211_IFTYPE_P2P_DEVICE})

ROOMY = Combination(((2, STATION), (2, GROUP), (1, P2P_DEVICE)), most=4, channels=2)
WIDE = Regulatory("DE", (Rule(2400, 2483.5, may_begin=True), Rule(5150, 5250, may_begin=True)))
RADIO = Radio(0, "phy0", "iwlwifi", GROUP | STATION | P2P_DEVICE, (ROOMY,), WIDE)

HEALTHY = Facts(
    user=User(1000, "anna", net_admin=True, netdev_exists=True),
    wireless=Wireless((RADIO,)),
    switches=(Switch("phy0", "wlan", soft=False, hard=False), Switch("hci0", "bluetooth", soft=False, hard=False)),
    networkmanager=NetworkManagerFacts(
        Presence.HERE,
        version="1.52.1",
        wlans=(Device("wlan0", DeviceState.DISCONNECTED),),
        p2p=(Device("p2p-dev-wlan0", DeviceState.DISCONNECTED),),
    ),
    supplicant=SupplicantFacts(Presence.HERE, capabilities=frozenset({"ap", "p2p"})),
    rights=Rights({CONTROL: "yes", SCAN: "yes", OWN: "yes"}, polkit=True),
    bluetooth=BluetoothFacts(Presence.HERE, adapters=(Adapter("hci0", powered=True, advertises=True, serves=True),)),
    supplicant_version="2.10",
    dnsmasq="/usr/sbin/dnsmasq",
    firewall=Firewall(ruleset=()),
    airhail=AirhailFacts(
        running=True,
        where="/run/airhail/supervisor.sock",
        uid=1000,
        version="0.1.0",
        state="running",
        actors={"discovery": ActorSeen("RUNNING", ""), "connection": ActorSeen("RUNNING", "")},
        tier="netdev",
    ),
)


def with_radio(**changes: Any) -> Facts:
    return replace(HEALTHY, wireless=Wireless((replace(RADIO, **changes),)))


def with_manager(**changes: Any) -> Facts:
    return replace(HEALTHY, networkmanager=replace(HEALTHY.networkmanager, **changes))
