"""The facts about this host: what the probes saw, before anybody judges it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airhail.actors.nl80211 import WirelessInterface
from airhail.ipc.dbus.networkmanager_enums import DeviceState


@dataclass(frozen=True, slots=True)
class Unseen:
    """What could not be looked at, and why."""

    why: str


class Presence(enum.Enum):
    """Whether a service answered the doctor."""

    HERE = enum.auto()
    AWAY = enum.auto()
    """Nobody owns its name on the bus."""
    SILENT = enum.auto()
    """It owns its name, and does not answer in time or answers with an error."""
    REFUSED = enum.auto()
    """The bus does not let this user talk to it."""
    NO_BUS = enum.auto()
    """The bus itself cannot be reached."""


@dataclass(frozen=True, slots=True)
class Combination:
    """Interfaces that a driver can have at once: so many of each set of kinds, so many in all, on channels."""

    limits: tuple[tuple[int, frozenset[int]], ...]
    most: int
    channels: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a regulatory domain: frequencies in MHz, and whether a group may be owned there."""

    low: float
    high: float
    may_begin: bool


@dataclass(frozen=True, slots=True)
class Regulatory:
    """The rules that hold for one radio, or for all that have none of their own."""

    country: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Radio:
    """One radio as its driver describes it; modes are nl80211's interface types."""

    index: int
    name: str
    driver: str = ""
    modes: frozenset[int] = frozenset()
    combinations: tuple[Combination, ...] = ()
    regulatory: Regulatory | None = None


@dataclass(frozen=True, slots=True)
class Wireless:
    """What the kernel tells of this host's radios."""

    radios: tuple[Radio, ...] = ()
    interfaces: tuple[WirelessInterface, ...] = ()


@dataclass(frozen=True, slots=True)
class Switch:
    """One rfkill switch; `kind` is "wlan" or "bluetooth" here."""

    name: str
    kind: str
    soft: bool
    hard: bool


@dataclass(frozen=True, slots=True)
class Device:
    """One device of NetworkManager, ordinary Wi-Fi or Wi-Fi Direct."""

    interface: str
    state: DeviceState
    ip_interface: str = ""


@dataclass(frozen=True, slots=True)
class NetworkManagerFacts:
    """NetworkManager, and what it shows of the radios."""

    presence: Presence
    said: str = ""
    version: str = ""
    wireless_enabled: bool = True
    wlans: tuple[Device, ...] = ()
    p2p: tuple[Device, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplicantFacts:
    """wpa_supplicant on the bus; `capabilities` are known when it is HERE, None when it does not tell them."""

    presence: Presence
    said: str = ""
    capabilities: frozenset[str] | None = None
    iwd: bool = False
    """Whether iwd, which NetworkManager may use instead, is on the bus."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What NetworkManager lets this user do, by action: "yes", "auth" or "no"."""

    permissions: Mapping[str, str]
    polkit: bool
    """Whether polkit runs, or would be started when asked."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """One Bluetooth adapter of BlueZ."""

    name: str
    powered: bool
    advertises: bool
    serves: bool


@dataclass(frozen=True, slots=True)
class BluetoothFacts:
    """BlueZ and its adapters."""

    presence: Presence
    said: str = ""
    adapters: tuple[Adapter, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """Who asks."""

    uid: int
    name: str
    net_admin: bool
    netdev_exists: bool
    """Whether this system has Debian's group netdev."""


@dataclass(frozen=True, slots=True)
class Firewall:
    """What can be seen of the firewall."""

    ruleset: tuple[Mapping[str, Any], ...] | Unseen
    """The objects of `nft --json list ruleset`."""
    managers: tuple[str, ...] = ()
    """Programs that keep a firewall of their own and are switched on: firewalld, ufw."""
    legacy_tables: tuple[str, ...] = ()
    """Tables of iptables' older kind, whose rules nft does not show; none for a user who may not see them."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A problem that an actor publishes, with the reason's own words."""

    actor: str
    reason: str
    sentence: str
    advice: str


@dataclass(frozen=True, slots=True)
class ActorSeen:
    """One actor as the supervisor sees it."""

    state: str
    last_exit: str


@dataclass(frozen=True, slots=True)
class AirhailFacts:
    """airhail itself; `running` is False when nothing answers."""

    running: bool
    where: str
    uid: int | None = None
    version: str = ""
    state: str = ""
    actors: Mapping[str, ActorSeen] = field(default_factory=dict)
    tier: str = ""
    complaints: tuple[Complaint, ...] = ()
    silent: Mapping[str, str] = field(default_factory=dict)
    """Actors that did not answer, and why."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the checks may know."""

    user: User
    wireless: Wireless | Unseen
    switches: tuple[Switch, ...] | Unseen
    networkmanager: NetworkManagerFacts
    supplicant: SupplicantFacts
    rights: Rights | Unseen
    bluetooth: BluetoothFacts
    supplicant_version: str | Unseen
    """As the installed program says it."""
    dnsmasq: str | Unseen
    """The program's path, "" when it is not installed."""
    firewall: Firewall | Unseen
    airhail: AirhailFacts | Unseen
    mistake: str = ""
    """What is wrong in the part of the configuration that the doctor reads."""
