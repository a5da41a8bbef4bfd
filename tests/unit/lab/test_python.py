import sys
from pathlib import Path

import pytest

from tests.lab.outside import python
from tests.lab.outside.shell import LabError


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), LabError("ensurepip is not available")])
def test_an_environment_whose_making_ended_half_way_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interruption: BaseException
) -> None:
    monkeypatch.setenv("AIRHAIL_LAB_CACHE", str(tmp_path))
    monkeypatch.setattr(python, "not_failing", lambda _: False)
    made: list[str] = []

    def make_half(argv: list[str]) -> None:
        Path(argv[-1], "bin").mkdir(parents=True)
        raise interruption

    def make(argv: list[str]) -> None:
        program = Path(argv[-1], "bin", "python")
        program.parent.mkdir(parents=True)
        program.symlink_to(sys.executable)
        made.append(argv[-1])

    monkeypatch.setattr(python, "run", make_half)
    with pytest.raises(type(interruption)):
        python.pip()
    monkeypatch.setattr(python, "run", make)
    for _ in range(2):
        assert Path(python.pip()[0]).exists()
    assert len(made) == 1
