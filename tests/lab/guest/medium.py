"""Decide what becomes of a frame in the air: who hears it, how well, and whether its sender is told that it arrived.

Pure: it knows radios by their names, and takes its dice from the caller. A frame to one radio is tried again, rate by
rate as the sender's kernel wants it, until an acknowledgement comes back; each try may be lost, and so may each
acknowledgement. All others hear the first try or do not. A frame to a group is sent once.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

# As loud as the kernel's own perfect medium: -50 dBm and what the radio adds (mac80211_hwsim, DEFAULT_RX_RSSI).
CLEAR_DBM = -30
# The log-distance model indoors: 20 dBm sent, 40 dB lost in the first metre at 2.4 GHz, then with the third power.
AT_ONE_METRE_DBM = -20
FALL_PER_DECADE_DB = 30
# A laptop's radio: nothing is lost above the first, everything below the second.
GOOD_DBM = -75
DEAF_DBM = -90

Dice = Callable[[], float]
"""Uniform in [0, 1)."""


@dataclass(frozen=True, slots=True)
class Path:
    """How one radio hears another."""

    signal: int = CLEAR_DBM
    """dBm."""
    loss: float = 0.0
    """Probability that a single try is lost."""
    delay: float = 0.0
    """Seconds until it is heard."""


CLEAR = Path()


def path_over(metres: float) -> Path | None:
    """Return the path between radios that are so far apart; None when they do not hear each other."""
    signal = AT_ONE_METRE_DBM - FALL_PER_DECADE_DB * math.log10(max(metres, 1.0))
    if signal < DEAF_DBM:
        return None
    return Path(signal=round(signal), loss=max(0.0, (GOOD_DBM - signal) / (GOOD_DBM - DEAF_DBM)))


@dataclass(frozen=True, slots=True)
class Rate:
    """So many tries at one of the band's rates."""

    index: int
    tries: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as the medium sees it."""

    sender: str
    to: str
    """The address it is for, of one interface or of a group."""
    rates: tuple[Rate, ...]
    wants_ack: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """One radio's share of a frame."""

    radio: str
    path: Path
    rate: int
    ack: tuple[int, int] | None = None
    """If the sender hears its acknowledgement: after how many tries, and at which signal."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the sender is told about its frame."""

    acked: bool
    spent: tuple[Rate, ...]
    signal: int


@dataclass(frozen=True, slots=True)
class Medium:
    """Who is in the air, and along which paths; one that was never set is clear."""

    radios: tuple[str, ...] = ()
    paths: Mapping[tuple[str, str], Path | None] = field(default_factory=dict)
    """By sender and hearer; None: not heard at all."""
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The radios that answer to an address; one appears as often as it has taken the address."""

    def path(self, sender: str, hearer: str) -> Path | None:
        """Return how *hearer* hears *sender*."""
        return self.paths.get((sender, hearer), CLEAR)


def routed(medium: Medium, sender: str, hearer: str, path: Path | None) -> Medium:
    """Return the medium in which *hearer* hears *sender* so from now on."""
    return replace(medium, paths={**medium.paths, (sender, hearer): path})


def taken(medium: Medium, radio: str, address: str) -> Medium:
    """Return the medium after a radio, perhaps a new one, began to answer to an address."""
    radios = medium.radios if radio in medium.radios else (*medium.radios, radio)
    owners = (*medium.addresses.get(address, ()), radio)
    return replace(medium, radios=radios, addresses={**medium.addresses, address: owners})


def dropped(medium: Medium, radio: str, address: str) -> Medium:
    """Return the medium after a radio gave an address up, as often as it had taken it."""
    owners = list(medium.addresses.get(address, ()))
    if radio not in owners:
        return medium  # taken before we listened
    owners.remove(radio)
    return replace(medium, addresses={**medium.addresses, address: tuple(owners)})


def heard_by(medium: Medium, frame: Frame, dice: Dice) -> list[Heard]:
    """Throw the dice for every radio that might hear the frame."""
    tries = [rate.index for rate in frame.rates for _ in range(rate.tries)] or [0]
    answering = medium.addresses.get(frame.to, ()) if frame.wants_ack else ()
    heard = []
    for radio in medium.radios:
        path = medium.path(frame.sender, radio)
        if radio == frame.sender or path is None:
            continue
        if radio in answering:
            share = _tried(radio, path, medium.path(radio, frame.sender), tries, dice)
        else:
            share = Heard(radio, path, tries[0]) if dice() >= path.loss else None
        if share is not None:
            heard.append(share)
    return heard


def _tried(radio: str, there: Path, back: Path | None, tries: list[int], dice: Dice) -> Heard | None:
    heard = None
    for number, rate in enumerate(tries, 1):
        if dice() < there.loss:
            continue
        heard = heard or Heard(radio, there, rate)
        if back is not None and dice() >= back.loss:
            return replace(heard, ack=(number, back.signal))
    return heard


def told(frame: Frame, heard: list[Heard], accepted: Collection[str]) -> Told:
    """Return what the sender learns, once it is known which radios really listened on the frame's channel."""
    acks = [share.ack for share in heard if share.ack is not None and share.radio in accepted]
    if not acks:
        return Told(acked=False, spent=frame.rates, signal=DEAF_DBM)
    tries, signal = min(acks)
    return Told(acked=True, spent=_first(frame.rates, tries), signal=signal)


def _first(rates: tuple[Rate, ...], tries: int) -> tuple[Rate, ...]:
    spent: list[Rate] = []
    for rate in rates:
        if tries <= 0:
            break
        spent.append(Rate(rate.index, min(rate.tries, tries)))
        tries -= rate.tries
    return tuple(spent)
