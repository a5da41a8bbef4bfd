"""Every scenario once on the default release, and the first link on the other: two at once on two processors."""

import pytest

from tests.lab.player import Audience
from tests.lab.plays import Play, all_plays

TAIL = 2000


@pytest.mark.parametrize("play", all_plays(), ids=str)
def test_scenario(play: Play, audience: Audience) -> None:
    done = audience.result(play)
    if done.result is None:
        pytest.fail(f"`{' '.join(play.command)}` (exit {done.status}): {done.stderr[-TAIL:]}", pytrace=False)
    if done.result["failures"]:
        told = "\n".join(done.stdout.splitlines()[:-1])
        pytest.fail(told + done.stderr[-TAIL:], pytrace=False)
