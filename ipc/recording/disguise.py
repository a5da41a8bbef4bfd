"""Replace addresses and names in a recording, so that it can be shown around and still replays.

Equal things stay equal and keep their shape. P2P and Bluetooth addresses and trust ids also keep their order, on
which decisions hang (the lower address moves first): as many new ones as there are old ones are made, and given out
by rank. So a recording is disguised when it is whole. IP addresses keep what they share with one another from the
left, and the kind of network that they are in.
"""

import ast
import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from airhail.ipc.recording.codec import IS
from airhail.ipc.recording.cores import Core
from airhail.ipc.recording.lines import Begin, Recording, Step

# Also without colons, as in wpa_supplicant's object paths and in the names of USB adapters (wlx020000000001), and
# with underscores, as in BlueZ's object paths.
HARDWARE = r"(?:[0-9A-Fa-f]{2}[:_-]){5}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{12}"
# A trust id, or the number of a session, which looks alike.
ID = r"[0-9a-f]{16}"
IPV4 = r"\d+\.\d+\.\d+\.\d+"
IPV6 = rf"(?:[0-9A-Fa-f]{{0,4}}:){{2,7}}(?:{IPV4}|[0-9A-Fa-f]{{1,4}}|(?<=::))"
# What an error quotes is a name more often than not, and no decision hangs on it.
QUOTED = r"(?<!\w)(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")(?!\w)"
SECRET = re.compile(
    rf"(?P<quoted>{QUOTED})|(?<![0-9A-Fa-f:])(?:"
    # A sentence may go on behind an address with a colon, an IPv4 address also with a port.
    rf"(?:(?P<hardware>{HARDWARE})|(?P<id>{ID})|{IPV6})(?!:?[0-9A-Fa-f])|{IPV4}(?![0-9A-Fa-f]))"
)

# What only looks like a name: the digest of a key, a sealed message. A recording is read back, so it stays one.
KEY = re.compile(r"(?:[0-9a-f]{2})+")

# They name nobody: no address, and everybody's.
NOBODY = frozenset({"000000000000", "ffffffffffff"})
# Of private and link-local networks as much stays as says that they are; others become those for benchmarks (RFC 2544
# and 5180).
KEPT = (
    (ipaddress.ip_network("10.0.0.0/8"), 1),
    (ipaddress.ip_network("172.16.0.0/12"), 2),
    (ipaddress.ip_network("192.168.0.0/16"), 2),
    (ipaddress.ip_network("169.254.0.0/16"), 2),
    (ipaddress.ip_network("fe80::/64"), 8),
    (ipaddress.ip_network("fc00::/7"), 1),
)
ELSEWHERE = {4: bytes((198, 18)), 6: bytes((0x20, 0x01, 0x00, 0x02))}


@dataclass(frozen=True, slots=True)
class Disguise:
    """What replaces what, for one recording."""

    key: bytes
    names: frozenset[str]
    """The fields that hold names, as in `Core`."""
    hardware: Mapping[str, str]
    """Hardware addresses, as twelve digits in lower case."""
    ids: Mapping[str, str]
    """Trust ids, and the numbers of sessions."""
    others: Mapping[str, str]
    """Addresses that the core makes from both."""

    def data(self, value: Any, *, named: bool = False) -> Any:
        """Return plain data in disguise; *named*: its strings are names."""
        match value:
            case str():
                return self.name(value) if named else self.text(value)
            case list():
                return [self.data(item, named=named) for item in value]
            case dict():
                kind = value.get(IS)
                return {
                    # What it is is no name of anybody.
                    self.text(key): self.data(item, named=key != IS and (named or self._holds_names(kind, key)))
                    for key, item in value.items()
                }
            case _:
                return value

    def text(self, text: str) -> str:
        """Return a text with the addresses and the quoted names in it replaced."""
        return SECRET.sub(self._substitute, text)

    def name(self, name: str) -> str:
        """Return the name that stands for *name*; for a number in hexadecimal, one of the same length."""
        if name in self.ids:
            return self.ids[name]
        if KEY.fullmatch(name):
            length = len(name) // 2
            return hashlib.shake_256(self.key + bytes.fromhex(name)).hexdigest(length)
        return f"name-{self._hash(name.encode()).hex()[:8]}" if name else ""

    def _holds_names(self, kind: Any, field: str) -> bool:
        return field in self.names or f"{kind}.{field}" in self.names

    def _substitute(self, match: re.Match[str]) -> str:
        found = match[0]
        if match["quoted"]:
            inner = unquoted(found)
            return repr(self.text(inner) if next(found_in(inner, "hardware"), None) else self.name(inner))
        if match["hardware"]:
            return in_style_of(found, self.hardware.get(digits(found), digits(found)))
        if match["id"]:
            return self.ids.get(found, found)
        return self.others.get(found) or self._ip(found)

    def _ip(self, text: str) -> str:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return text  # a time of day, a version
        if address.is_loopback or address.is_unspecified:
            return text
        packed = address.packed
        keep = next((count for network, count in KEPT if address in network), 0)
        new = packed[:keep] if keep else ELSEWHERE[address.version]
        for place in range(len(new), len(packed)):
            # A shift that depends on all to the left: what began alike still does, and no two become one.
            shift = self._hash(packed[:place])[0]
            new += bytes(((packed[place] + shift) % 256,))
        return str(ipaddress.ip_address(new))

    def _hash(self, data: bytes) -> bytes:
        return hashlib.blake2s(data, key=self.key, digest_size=8).digest()


def disguise(core: Core, recording: Recording, key: bytes) -> Recording:
    """Return the recording with addresses and names replaced by what nobody can turn back without *key*."""
    texts = set(strings(recording))
    addresses = {digits(one) for text in texts for one in found_in(text, "hardware")} - NOBODY
    hardware = by_rank(addresses, lambda count: hardware_from(key, count))
    ids = by_rank({one for text in texts for one in found_in(text, "id")}, lambda count: ids_from(key, count))
    colons = {with_colons(old): with_colons(new) for old, new in hardware.items()}
    mask = Disguise(key, core.names, hardware, ids, core.derived(recording, colons, ids))
    return Recording(
        header=replace(recording.header, hashed=True),
        lines=tuple(disguised(line, mask) for line in recording.lines),
        end=None if recording.end is None else replace(recording.end, reason=mask.text(recording.end.reason)),
    )


def disguised(line: Begin | Step, mask: Disguise) -> Begin | Step:
    """Return one line in disguise."""
    if isinstance(line, Begin):
        return replace(line, state=mask.data(line.state))
    return replace(line, event=mask.data(line.event), effects=mask.data(line.effects), raised=mask.text(line.raised))


def by_rank(old: Iterable[str], make: Callable[[int], set[str]]) -> dict[str, str]:
    """Map as many new strings to the old ones, in the same order."""
    ranked = sorted(old)
    return dict(zip(ranked, sorted(make(len(ranked))), strict=True))


def hardware_from(key: bytes, count: int) -> set[str]:
    """Make so many hardware addresses: locally administered ones (IEEE 802, the bit 2 of the first byte)."""
    made: set[str] = set()
    for number in range(2 * count + 1):
        if len(made) == count:
            break
        first, *rest = hashlib.blake2s(f"hardware {number}".encode(), key=key, digest_size=6).digest()
        made.add(bytes((first & 0xFC | 0x02, *rest)).hex())
    return made


def ids_from(key: bytes, count: int) -> set[str]:
    """Make so many trust ids."""
    return {hashlib.blake2s(f"id {number}".encode(), key=key, digest_size=8).hexdigest() for number in range(count)}


def strings(recording: Recording) -> Iterator[str]:
    """Yield every string of the recording's lines, keys too."""
    for line in recording.lines:
        parts = (line.state,) if isinstance(line, Begin) else (line.event, line.effects, line.raised)
        for part in parts:
            yield from strings_in(part)


def strings_in(value: Any) -> Iterator[str]:
    """Yield every string in plain data, keys too."""
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from strings_in(item)
        case dict():
            for key, item in value.items():
                yield key
                yield from strings_in(item)


def found_in(text: str, group: str) -> Iterator[str]:
    """Yield what a text has of one group of SECRET, as it is written there."""
    for match in SECRET.finditer(text):
        if match[group]:
            yield match[0]
        elif match["quoted"]:
            yield from found_in(unquoted(match[0]), group)


def entries(recording: Recording, kind: str) -> Iterator[Mapping[str, Any]]:
    """Yield what the recording holds of the dataclass that is called *kind*."""
    for line in recording.lines:
        yield from entries_in(line.state if isinstance(line, Begin) else [line.event, *line.effects], kind)


def entries_in(value: Any, kind: str) -> Iterator[Mapping[str, Any]]:
    """Yield the data of a dataclass in plain data."""
    if isinstance(value, dict) and value.get(IS) == kind:
        yield value
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from entries_in(item, kind)


def digits(address: str) -> str:
    """Return a hardware address as twelve digits in lower case."""
    return re.sub("[:_-]", "", address).lower()


def with_colons(twelve: str) -> str:
    """Return a hardware address as it is usually written."""
    return ":".join(twelve[place : place + 2] for place in range(0, 12, 2))


def in_style_of(found: str, twelve: str) -> str:
    """Return a hardware address written as *found* is."""
    written = with_colons(twelve).replace(":", found[2] if found[2] in ":_-" else "")
    return written.upper() if found.upper() == found and found.lower() != found else written


def unquoted(text: str) -> str:
    """Return what stands in quotes, as Python writes it, or as it is when Python does not."""
    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return text[1:-1]
