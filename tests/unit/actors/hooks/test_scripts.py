"""Which files in the folder of hooks are run, and that none of them is more than a line in the log."""

import logging
from pathlib import Path

import pytest

from airhail.actors.hooks.scripts import scripts


def hook(path: Path) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_link_that_leads_to_itself_is_told_of_and_the_others_are_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "10-loop").symlink_to("10-loop")
    other = hook(tmp_path / "20-other")
    with caplog.at_level(logging.WARNING):
        assert list(scripts(tmp_path)) == [other]
    (record,) = caplog.records
    assert record.getMessage() == f"{tmp_path}/10-loop is not run: Too many levels of symbolic links"
