"""Begins to play the chosen scenarios at once: the tests before them leave all processors but one alone."""

import pytest

from tests.lab.player import Audience
from tests.lab.plays import Play

AUDIENCE = pytest.StashKey[Audience]()


def pytest_collection_finish(session: pytest.Session) -> None:
    calls = [item.callspec for item in session.items if hasattr(item, "callspec")]
    plays = [call.params["play"] for call in calls if isinstance(call.params.get("play"), Play)]
    if plays and not session.config.option.collectonly:
        session.config.stash[AUDIENCE] = Audience(plays)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if audience := session.config.stash.get(AUDIENCE, None):
        audience.leave()


@pytest.fixture(scope="session")
def audience(request: pytest.FixtureRequest) -> Audience:
    """Give the scenarios every processor from here on."""
    playing = request.config.stash[AUDIENCE]
    playing.give_all()
    return playing
