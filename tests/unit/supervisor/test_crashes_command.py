"""`airhail crashes` for a user who may not look into the state of the airhail that the system started."""

import os
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from airhail.supervisor.commands import crashes
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

NOBODY = 65534
LIST = Namespace(id=None, json=False, recording=False)


@pytest.fixture
def ordinary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Be a user whom permissions bind, in a folder for everybody: pytest's own is for its owner alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        monkeypatch.delenv("AIRHAIL_STATE_DIR", raising=False)
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "home"))
        monkeypatch.setattr(crashes, "SYSTEM_STATE", folder / "system")
        was = os.geteuid()
        (folder / "system").mkdir(mode=0o700)
        if was == 0:
            os.seteuid(NOBODY)
        else:
            (folder / "system").chmod(0)
        try:
            yield folder
        finally:
            os.seteuid(was)
            (folder / "system").chmod(0o700)


def test_reports_that_this_user_may_not_read(ordinary: Path) -> None:
    with pytest.raises(CommandError) as caught:
        crashes.run(LIST)
    assert caught.value.status is ExitStatus.NOT_PERMITTED
    assert str(ordinary / "system" / "crashes") in caught.value.sentence


def test_their_own_reports_need_no_permission(ordinary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = ordinary / "home" / "airhail" / "crashes"
    own.mkdir(parents=True)
    assert crashes.run(LIST) is ExitStatus.DONE
    assert str(own) in capsys.readouterr().out
