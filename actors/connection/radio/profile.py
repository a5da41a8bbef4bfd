"""The NetworkManager profile of one link, and how to recognise one as ours."""

import re
from typing import Any

from airhail.actors.connection.links.addresses import PREFIX as PREFIX_LENGTH

# A profile's id is what NetworkManager shows people, and how we know our own after a restart: this user's, since two
# users' airhails may run on one host and must leave each other's links alone.
OURS = re.compile(r"airhail (?P<uid>\d+) (?P<peer>([0-9a-f]{2}:){5}[0-9a-f]{2})")

Settings = dict[str, dict[str, tuple[str, Any]]]


def settings(peer: str, uid: int, user: str | None, address: str) -> Settings:
    """Describe the link to *peer* that user *uid* makes, visible to *user* alone (None: to all), as `a{sa{sv}}`.

    *address* is this host's fixed one ("": none): a client has it beside its lease, an owner shares its network.

    Setting and property names: nm-settings-dbus(5), settings connection, wifi-p2p, ipv4, ipv6.
    """
    connection: dict[str, tuple[str, Any]] = {
        "id": ("s", f"airhail {uid} {peer}"),
        "type": ("s", "wifi-p2p"),
        "autoconnect": ("b", False),
    }
    if user is not None:
        # A profile of one's own needs settings.modify.own only, which an active session has by default.
        connection["permissions"] = ("as", [f"user:{user}:"])
    # The link never takes the default route: the other end is a peer, not a way to the internet.
    ipv4: dict[str, tuple[str, Any]] = {"method": ("s", "auto"), "never-default": ("b", True)}
    if address:
        ipv4["address-data"] = ("aa{sv}", [{"address": ("s", address), "prefix": ("u", PREFIX_LENGTH)}])
    ipv6 = {"method": ("s", "link-local"), "never-default": ("b", True)}
    return {"connection": connection, "wifi-p2p": {"peer": ("s", peer)}, "ipv4": ipv4, "ipv6": ipv6}


# In memory only and gone when it ends. Not bind-activation: the link outlives a restart of this actor.
OPTIONS: dict[str, tuple[str, Any]] = {"persist": ("s", "volatile")}


def peer_of(profile_id: str, uid: int) -> str:
    """Return the peer of a profile that user *uid*'s airhail made; "" for anybody else's."""
    ours = OURS.fullmatch(profile_id)
    return ours["peer"] if ours and int(ours["uid"]) == uid else ""
