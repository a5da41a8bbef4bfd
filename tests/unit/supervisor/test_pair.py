"""`airhail pair`: what it waits for, and that what a person types is not lost when the question comes again."""

from typing import Any, cast

import pytest
import trio
import trio.testing

from airhail.actors.ble.pairing.methods import MAX_WINDOW_S
from airhail.ipc.client import Client
from airhail.supervisor.command import parser
from airhail.supervisor.commands import pair
from airhail.supervisor.commands.output import Progress
from airhail.supervisor.exit_status import ExitStatus

QUESTION = {"step": "compare", "digits": "250150", "peer": "00:aa:01:00:00:00"}
STEPS: tuple[dict[str, Any], ...] = (
    {"number": 1, **QUESTION},
    {"number": 2, **QUESTION, "name": "alpha"},
    {"number": 3, "step": "over", "bonded": True},
)


class Pairing:
    """The answers of ble: the second question at once, the end when one was answered."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.answered = trio.Event()

    async def call(self, method: str, arguments: dict[str, Any], *, within: float) -> dict[str, Any]:
        if method == "pair_answer":
            self.answers.append(arguments)
            self.answered.set()
            return {}
        step: dict[str, Any] = STEPS[arguments["after"]]
        await (self.answered.wait() if step["step"] == "over" else trio.testing.wait_all_tasks_blocked())
        return step


@pytest.mark.parametrize("seconds", ["inf", "301"])
def test_nobody_is_waited_for_longer_than_ble_does(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert MAX_WINDOW_S == pair.LONGEST_WAIT
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["pair", "alpha", "--wait", seconds])
    assert ended.value.code == ExitStatus.USAGE
    assert "at most 300" in capsys.readouterr().err


async def test_an_answer_counts_although_the_name_becomes_known_while_it_is_typed(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    typed = ["yes\n"]

    async def read_line() -> str | None:
        if not typed:
            await trio.sleep_forever()
        line = typed.pop()
        await trio.sleep(1.0)
        return line

    monkeypatch.setattr(pair, "read_line", read_line)
    ble = Pairing()
    with trio.fail_after(60.0):
        async with trio.open_nursery() as nursery:
            state = await pair.follow(cast("Client", ble), nursery, Progress(quiet=True), as_json=True)
            nursery.cancel_scope.cancel()
    assert state.bonded
    assert ble.answers == [{"yes": True}]
