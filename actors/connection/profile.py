"""The NetworkManager profile of one link, and how to recognise one as ours."""

from typing import Any

from airhail.actors.connection.addresses import PREFIX as PREFIX_LENGTH

# A profile's id is what NetworkManager shows people, and how we know our own after a restart.
PREFIX = "airhail "

Settings = dict[str, dict[str, tuple[str, Any]]]


def settings(peer: str, user: str | None, address: str) -> Settings:
    """Describe the link to *peer*, visible to *user* alone (None: to everybody), as `a{sa{sv}}`.

    *address* is this host's fixed one ("": none): a client has it beside its lease, an owner shares its network.

    Setting and property names: nm-settings-dbus(5), settings connection, wifi-p2p, ipv4, ipv6.
    """
    connection: dict[str, tuple[str, Any]] = {
        "id": ("s", PREFIX + peer),
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


def peer_of(profile_id: str) -> str:
    """Return the peer of one of our profiles; "" for anybody else's."""
    return profile_id.removeprefix(PREFIX) if profile_id.startswith(PREFIX) else ""
