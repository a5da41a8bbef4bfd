"""Every scenario once on the default release, and the first link on the other: two at once on two processors."""

import pytest

from tests.lab.plays import Background, Play, all_plays, result_of

TAIL = 2000


@pytest.mark.parametrize("play", all_plays(), ids=str)
def test_scenario(play: Play, background: Background) -> None:
    done = background.result(play)
    result = result_of(done)
    if result is None:
        pytest.fail(f"`{' '.join(play.command)}` (exit {done.returncode}): {done.stderr[-TAIL:]}", pytrace=False)
    if len(result["failures"]) == result["runs"]:
        told = "\n".join(done.stdout.splitlines()[:-1])
        pytest.fail(told + done.stderr[-TAIL:], pytrace=False)
