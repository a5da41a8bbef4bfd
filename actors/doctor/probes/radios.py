"""The radios as their drivers describe them to nl80211, and the rules they follow; no privilege is needed.

Numbers are from linux/nl80211.h.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from airhail.actors.doctor.facts import Combination, Radio, Regulatory, Rule, Wireless
from airhail.actors.netlink import Attributes, decode_attributes, dump, encode_attribute, number_of, text_of
from airhail.actors.nl80211 import FAMILY, NL80211_ATTR_WIPHY, list_interfaces

NL80211_CMD_GET_WIPHY = 1
NL80211_CMD_GET_REG = 31
NL80211_ATTR_WIPHY_NAME = 2
NL80211_ATTR_SUPPORTED_IFTYPES = 32
NL80211_ATTR_REG_ALPHA2 = 33
NL80211_ATTR_REG_RULES = 34
NL80211_ATTR_INTERFACE_COMBINATIONS = 120
NL80211_ATTR_SPLIT_WIPHY_DUMP = 174
NL80211_IFACE_COMB_LIMITS = 1
NL80211_IFACE_COMB_MAXNUM = 2
NL80211_IFACE_COMB_NUM_CHANNELS = 4
NL80211_IFACE_LIMIT_MAX = 1
NL80211_IFACE_LIMIT_TYPES = 2
NL80211_ATTR_REG_RULE_FLAGS = 1
NL80211_ATTR_FREQ_RANGE_START = 2
NL80211_ATTR_FREQ_RANGE_END = 3
# enum nl80211_reg_rule_flags: radar must be listened for first; nothing may be sent before something was heard.
NL80211_RRF_DFS = 1 << 4
NL80211_RRF_NO_IR = 1 << 7

EVERYBODY = -1
"""Under which index the rules stand that hold for every radio without rules of its own."""

RADIO_CLASS = Path("/sys/class/ieee80211")


async def look_at_radios() -> Wireless:
    """Ask the kernel for every radio of this network namespace. Raises NetlinkError."""
    flag = encode_attribute(NL80211_ATTR_SPLIT_WIPHY_DUMP, b"")
    parts = await dump(FAMILY, NL80211_CMD_GET_WIPHY, flag)
    if not parts:
        return Wireless()
    domains = domains_of(await dump(FAMILY, NL80211_CMD_GET_REG))
    return Wireless(radios_of(parts, domains, drivers_of(RADIO_CLASS)), tuple(await list_interfaces()))


def drivers_of(folder: Path) -> dict[str, str]:
    """Return the name of each radio's driver, from sysfs."""
    return {path.parent.parent.name: path.resolve().name for path in folder.glob("*/device/driver")}


def radios_of(
    parts: Iterable[Attributes], domains: Mapping[int, Regulatory], drivers: Mapping[str, str]
) -> tuple[Radio, ...]:
    """Put the radios together from the parts of a dump, each of which tells something of one."""
    whole: dict[int, Attributes] = {}
    for part in parts:
        # A part that goes on with a list repeats the attribute; the lists that are read here come whole.
        whole.setdefault(number_of(part, NL80211_ATTR_WIPHY), {}).update(part)
    return tuple(radio_of(index, one, domains, drivers) for index, one in sorted(whole.items()))


def radio_of(
    index: int, attributes: Attributes, domains: Mapping[int, Regulatory], drivers: Mapping[str, str]
) -> Radio:
    """Read one radio."""
    name = text_of(attributes, NL80211_ATTR_WIPHY_NAME) or f"phy{index}"
    combinations = nested(attributes, NL80211_ATTR_INTERFACE_COMBINATIONS)
    return Radio(
        index=index,
        name=name,
        driver=drivers.get(name, ""),
        modes=frozenset(nested(attributes, NL80211_ATTR_SUPPORTED_IFTYPES)),
        combinations=tuple(combination_of(nested_in(one)) for one in combinations.values()),
        regulatory=domains.get(index, domains.get(EVERYBODY)),
    )


def combination_of(attributes: Attributes) -> Combination:
    """Read one interface combination."""
    limits = [nested_in(one) for one in nested(attributes, NL80211_IFACE_COMB_LIMITS).values()]
    return Combination(
        limits=tuple(
            (number_of(one, NL80211_IFACE_LIMIT_MAX), frozenset(nested(one, NL80211_IFACE_LIMIT_TYPES)))
            for one in limits
        ),
        most=number_of(attributes, NL80211_IFACE_COMB_MAXNUM),
        channels=number_of(attributes, NL80211_IFACE_COMB_NUM_CHANNELS),
    )


def domains_of(answers: Iterable[Attributes]) -> dict[int, Regulatory]:
    """Read the rules of every radio that has its own, and those of everybody."""
    return {
        number_of(one, NL80211_ATTR_WIPHY) if NL80211_ATTR_WIPHY in one else EVERYBODY: Regulatory(
            text_of(one, NL80211_ATTR_REG_ALPHA2),
            tuple(rule_of(nested_in(rule)) for rule in nested(one, NL80211_ATTR_REG_RULES).values()),
        )
        for one in answers
    }


def rule_of(attributes: Attributes) -> Rule:
    """Read one rule; the kernel counts in kHz."""
    flags = number_of(attributes, NL80211_ATTR_REG_RULE_FLAGS)
    return Rule(
        low=number_of(attributes, NL80211_ATTR_FREQ_RANGE_START) / 1000,
        high=number_of(attributes, NL80211_ATTR_FREQ_RANGE_END) / 1000,
        may_begin=not flags & (NL80211_RRF_DFS | NL80211_RRF_NO_IR),
    )


def nested(attributes: Attributes, kind: int) -> Attributes:
    """Return the attributes inside an attribute; none when it is not there."""
    return nested_in(attributes.get(kind, b""))


def nested_in(value: bytes) -> Attributes:
    """Return the attributes inside an attribute's value."""
    return dict(decode_attributes(value))
