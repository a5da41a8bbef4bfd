"""What a driver can have at the same time: nl80211's interface combinations, counted out.

A combination lists limits, each of so many interfaces of certain kinds; every interface takes one place in one
limit (linux/nl80211.h, enum nl80211_if_combination_attrs).
"""

from collections.abc import Iterable
from itertools import combinations_with_replacement

from airhail.actors.doctor.facts import Combination, Radio
from airhail.actors.nl80211 import (
    NL80211_IFTYPE_P2P_CLIENT,
    NL80211_IFTYPE_P2P_DEVICE,
    NL80211_IFTYPE_P2P_GO,
    NL80211_IFTYPE_STATION,
)

GROUP_KINDS = (NL80211_IFTYPE_P2P_CLIENT, NL80211_IFTYPE_P2P_GO)

COUNTED_UP_TO = 4
"""Groups at once. No program here makes more than one; a driver that says "2048" means "as many as you like"."""


def channels_for(radio: Radio, kinds: Iterable[int]) -> int:
    """Return on how many channels the radio can have these interfaces at once; 0 when it cannot."""
    wanted = tuple(kinds)
    return max((one.channels for one in radio.combinations if allows(one, wanted)), default=0)


def allows(combination: Combination, wanted: tuple[int, ...]) -> bool:
    """Tell whether every wanted interface finds a place."""
    return len(wanted) <= combination.most and placed(wanted, combination.limits)


def placed(wanted: tuple[int, ...], limits: tuple[tuple[int, frozenset[int]], ...]) -> bool:
    """Try every limit for the first interface, and go on with the rest."""
    if not wanted:
        return True
    kind, *rest = wanted
    for place, (room, kinds) in enumerate(limits):
        if room > 0 and kind in kinds:
            left = (*limits[:place], (room - 1, kinds), *limits[place + 1 :])
            if placed(tuple(rest), left):
                return True
    return False


def beside_wifi(radio: Radio, *groups: int) -> tuple[int, ...]:
    """Return the interfaces there are when an ordinary Wi-Fi network and these groups are in use at once."""
    own = (NL80211_IFTYPE_P2P_DEVICE,) if NL80211_IFTYPE_P2P_DEVICE in radio.modes else ()
    return (NL80211_IFTYPE_STATION, *own, *groups)


def most_groups(radio: Radio) -> int:
    """Return how many groups the radio can be in beside an ordinary Wi-Fi network, counted up to a bound."""
    for count in range(COUNTED_UP_TO, 0, -1):
        choices = combinations_with_replacement(GROUP_KINDS, count)
        if any(channels_for(radio, beside_wifi(radio, *groups)) for groups in choices):
            return count
    return 0
