"""What the core hears of scans, also when it is busy or the kernel had more news than there was room for."""

import errno
import sys
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self, cast

import pytest
import trio

from airhail.actors.liveness import kernel, radios
from airhail.actors.liveness.core import step
from airhail.actors.liveness.events import Effect, Event, KeysKnown, LinksSeen, ScanSeen, Watched
from airhail.actors.liveness.radios import Radios
from airhail.actors.liveness.state import State
from airhail.actors.loop import Loop
from airhail.actors.netlink import encode_attribute, encode_request
from airhail.actors.nl80211 import NL80211_ATTR_WIPHY, WirelessInterface

BETA = "42:00:00:00:02:00"
LINK = Watched(BETA, "p2p-wlan0-0")
RADIO = 3
ON_RADIO = encode_attribute(NL80211_ATTR_WIPHY, RADIO.to_bytes(4, sys.byteorder))
SCAN = encode_request(28, kernel.NL80211_CMD_TRIGGER_SCAN, ON_RADIO, 0)
SCAN_OVER = encode_request(28, kernel.NL80211_CMD_SCAN_ABORTED, ON_RADIO, 0)


class Core:
    """The core without its loop; one that is busy takes nothing yet."""

    def __init__(self) -> None:
        self.state = State()
        self.busy = False
        self.scans: list[frozenset[str]] = []

    async def send_event(self, event: Event) -> None:
        if not self.busy:
            self.state, _ = step(self.state, event, 0.0)
        if isinstance(event, ScanSeen):
            self.scans.append(event.peers)


class News:
    """A socket of nl80211's, which no machine without a radio has."""

    def __init__(self, *items: bytes | OSError) -> None:
        self._items: Iterator[bytes | OSError] = iter(items)
        self.over = trio.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.over.set()

    async def recv(self, size: int) -> bytes:
        item = next(self._items, None)
        if item is None:
            self.over.set()
            await trio.sleep_forever()
        if isinstance(item, OSError):
            raise item
        return item


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize(
    "end", [SCAN_OVER, OSError(errno.ENOBUFS, "No buffer space available")], ids=["heard", "lost news"]
)
async def test_each_scan_is_told_to_have_ended(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: Callable[[], float], end: bytes | OSError, busy: bool
) -> None:
    news = News(SCAN, end)

    async def listen(family: str, groups: frozenset[str]) -> News:
        return news

    async def list_interfaces() -> list[WirelessInterface]:
        return [WirelessInterface(RADIO, 9, "", LINK.interface)]

    monkeypatch.setattr(kernel, "listen", listen)
    monkeypatch.setattr(radios, "list_interfaces", list_interfaces)
    core = Core()
    heard = Radios(cast("Loop[State, Event, Effect]", core))
    await core.send_event(KeysKnown(frozenset()))
    await core.send_event(LinksSeen((LINK,)))
    await heard.learn(LINK)
    core.busy = busy
    async with trio.open_nursery() as nursery:
        nursery.start_soon(heard.watch)
        await news.over.wait()
        nursery.cancel_scope.cancel()
    assert core.scans == [frozenset({BETA}), frozenset()]
