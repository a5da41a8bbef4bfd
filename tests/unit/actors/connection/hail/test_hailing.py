"""What the hail's shell makes of words for one peer that come of one step, and of a peer forgotten meanwhile."""

from pathlib import Path

import pytest
import trio

from airhail.actors.connection.hail.events import Send, SendFailed, TakeBack
from airhail.actors.connection.hail.hailing import Hailing
from airhail.actors.connection.hail.messages import Over, Withdraw
from airhail.actors.connection.machine import Event, State, TrustSeen
from airhail.actors.connection.trust.identity import FILE as IDENTITY_FILE
from tests.unit.actors.connection.trust.test_trust import Two

SESSION = b"eightbyt"
# Trio begins the tasks of one batch in either order: all of so many fall one way in one case of 2 ** 19.
ROUNDS = 20


@pytest.fixture
async def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Two:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))  # where no carrier serves
    two = Two(tmp_path)
    await two.begin()
    return two


async def test_the_later_of_two_words_is_said(two: Two, autojump_clock: trio.testing.MockClock) -> None:
    told: list[Event] = []

    async def tell(event: Event) -> None:
        told.append(event)

    hailing = Hailing(two.alpha, tell, State)
    for number in range(1, 2 * ROUNDS, 2):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(hailing.say, Send(two.beta.id, number, Withdraw(SESSION)))
            nursery.start_soon(hailing.say, Send(two.beta.id, number + 1, Over(SESSION)))
    answered = [event.number for event in told if isinstance(event, SendFailed)]
    assert answered == list(range(2, 2 * ROUNDS + 1, 2)), "the core waits for the last one's fate"


async def test_what_is_taken_back_is_said_to_nobody_and_what_comes_after_it_is(
    two: Two, autojump_clock: trio.testing.MockClock
) -> None:
    told: list[Event] = []

    async def tell(event: Event) -> None:
        told.append(event)

    hailing = Hailing(two.alpha, tell, State)
    for began in (True, False):
        number = 1 if began else 3
        async with trio.open_nursery() as nursery:
            nursery.start_soon(hailing.say, Send(two.beta.id, number, Withdraw(SESSION)))
            if began:
                await trio.testing.wait_all_tasks_blocked()
            hailing.take_back(TakeBack(two.beta.id, number))
        await hailing.say(Send(two.beta.id, number + 1, Over(SESSION)))
    assert [event.number for event in told if isinstance(event, SendFailed)] == [2, 4]


async def test_who_knows_a_key_that_is_gone_is_nobody_to_the_cores_which_hear_of_the_next_key(two: Two) -> None:
    (two.folder / "alpha" / IDENTITY_FILE).unlink()
    await two.restart()
    seen, read = trio.open_memory_channel[Event](2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Hailing(two.alpha, seen.send, State).run)
        assert await read.receive() == TrustSeen("", {}, two.alpha.problem)
        await two.alpha.forget(two.beta.id)
        assert two.alpha.id
        assert await read.receive() == TrustSeen(two.alpha.id, {})
        nursery.cancel_scope.cancel()
