"""The demo tells the whole story: no line is lost because a log's wording changed."""

import subprocess
import sys

from tests.lab.outside.python import ROOT
from tests.lab.story import TELLING


def test_the_demo_tells_everything() -> None:
    command = [sys.executable, "-m", "tests.lab.demo"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    untold = [told for _, _, told in TELLING if told.partition("{")[0] not in done.stdout]
    assert not untold, done.stdout
    assert "It happened: peers " in done.stdout
