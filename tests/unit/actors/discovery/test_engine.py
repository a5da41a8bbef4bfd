"""When wpa_supplicant is asked again whether it talks to this host."""

import pytest
import trio
import trio.testing

from airhail.actors.discovery.engine import TIER_AGAIN_S, TIER_SLOW_S, Engine
from airhail.ipc.dbus.bus import Bus


async def test_each_life_of_wpa_supplicant_is_asked_again_soon_and_then_ever_more_seldom(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    engine = Engine(Bus("unix:path=/nowhere", nursery), "alpha")
    asked: list[float] = []

    async def refuse() -> bool:
        asked.append(trio.current_time())
        return False

    monkeypatch.setattr(engine.supplicant, "permitted", refuse)
    nursery.start_soon(engine._keep_asking)
    for life in (":1.1", ":1.2"):
        asked.clear()
        begun = trio.current_time()
        engine.life.value = life
        # A restart in the middle of the longest pause.
        await trio.sleep(4.5 * TIER_SLOW_S)
        assert asked[:3] == [begun + TIER_AGAIN_S, begun + 3 * TIER_AGAIN_S, begun + 7 * TIER_AGAIN_S]
        assert asked[-1] - asked[-2] == TIER_SLOW_S
