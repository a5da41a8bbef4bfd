"""The world as connection sees it: discovery's radio, NetworkManager's device, and the two truths beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from airhail.actors.reasons import Problem
from airhail.ipc.dbus.networkmanager_enums import DeviceState


@dataclass(frozen=True, slots=True)
class Near:
    """A peer in NetworkManager's list; *path* is its object there."""

    path: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Host:
    """This host as discovery publishes it."""

    device: str = ""
    address: str = ""
    # Whether wpa_supplicant tells us of incoming requests (the netdev tier).
    rings: bool = False
    problem: Problem | None = None
    near: Mapping[str, Near] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Device:
    """NetworkManager's P2P device and what is active on it; in state UNKNOWN there is none.

    *peer* is set when the active connection is this airhail's own, *stranger* names anybody else's. *parent* is the
    Wi-Fi interface it belongs to, *wifi* are those on which the user has a connection.
    """

    path: str = ""
    state: DeviceState = DeviceState.UNKNOWN
    active: str = ""
    peer: str = ""
    stranger: str = ""
    interface: str = ""
    addresses: tuple[str, ...] = ()
    parent: str = ""
    wifi: tuple[str, ...] = ()


# How wpa_supplicant names the interface that it makes for a group alone (p2p_supplicant.c,
# wpas_p2p_add_group_interface). A driver that can make none has its groups on the adapter's own, which stays.
GROUP_INTERFACE = re.compile(r"p2p-(?!dev-)")


@dataclass(frozen=True, slots=True)
class GroupInterface:
    """The network interface of a group, as the kernel shows it."""

    name: str
    up: bool


@dataclass(frozen=True, slots=True)
class Stack:
    """The two truths beside NetworkManager's: the kernel's interfaces of groups, and wpa_supplicant.

    *listed* are the groups' interfaces that wpa_supplicant knows, none when it does not talk to us. *admin* tells
    whether this process may end wpa_supplicant.
    """

    groups: tuple[GroupInterface, ...] = ()
    supplicant: bool = True
    silent: bool = False
    listed: tuple[str, ...] = ()
    admin: bool = False
