"""Begins to play the chosen scenarios at once: the tests before them leave all processors but one alone."""

import pytest

from tests.lab.plays import Background, Play

BACKGROUND = pytest.StashKey[Background]()


def pytest_collection_finish(session: pytest.Session) -> None:
    calls = [item.callspec for item in session.items if hasattr(item, "callspec")]
    plays = [call.params["play"] for call in calls if isinstance(call.params.get("play"), Play)]
    if plays and not session.config.option.collectonly:
        session.config.stash[BACKGROUND] = background = Background(plays)
        background.begin(spared=1)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if background := session.config.stash.get(BACKGROUND, None):
        background.give_up()


@pytest.fixture(scope="session")
def background(request: pytest.FixtureRequest) -> Background:
    """Give the scenarios every processor from here on."""
    playing = request.config.stash[BACKGROUND]
    playing.begin()
    return playing
