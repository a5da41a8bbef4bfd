"""What the configuration may say of actors, and what it is told when it makes no sense."""

from pathlib import Path

import pytest

from airhail.ipc.config import ConfigError, load
from airhail.supervisor.settings import configured
from airhail.supervisor.specs import ActorSpec, RestartKind, Strategy

SPECS = (ActorSpec("a", ("/bin/true",)), ActorSpec("b", ("/bin/true",), watchdog=3.0))


def configure(folder: Path, text: str) -> list[ActorSpec]:
    file = folder / "airhail.toml"
    file.write_text(text)
    return configured(SPECS, load(file))


def test_without_a_word_nothing_changes(tmp_path: Path) -> None:
    assert configure(tmp_path, "") == list(SPECS)
    assert configure(tmp_path, "[supervisor]\n[supervisor.actors.a]\n") == list(SPECS)


def test_an_actors_own_section_goes_before_the_one_for_all(tmp_path: Path) -> None:
    a, b = configure(
        tmp_path,
        """
        [supervisor]
        strategy = "one_for_all"
        stop_within = 7
        [supervisor.actors.b]
        strategy = "rest_for_one"
        restart = "transient"
        watchdog = 0
        """,
    )
    assert (a.strategy, a.stop_within, a.watchdog, a.kind) == (Strategy.ONE_FOR_ALL, 7.0, 10.0, RestartKind.PERMANENT)
    assert (b.strategy, b.stop_within, b.watchdog, b.kind) == (
        Strategy.REST_FOR_ONE,
        7.0,
        None,
        RestartKind.TRANSIENT,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[supervisor]\nstrategie = 'one_for_all'",
            "line 2: [supervisor] strategie: is not known; known are: strategy",
        ),
        ("[supervisor]\nstrategy = 'all'", "line 2: [supervisor] strategy: Invalid enum value 'all'"),
        ("[supervisor]\nwindow = -1", "line 2: [supervisor] window: Expected `float` > 0"),
        ("[supervisor]\nwindow = nan", "line 2: [supervisor] window: Expected `float` > 0"),
        ("[supervisor]\nwindow = inf", "line 2: [supervisor] window: Expected `float` <= 86400"),
        ("[supervisor]\nmax_restarts = 1.5", "line 2: [supervisor] max_restarts: Expected `int`"),
        ("[supervisor]\nrestart = 'permanent'", "line 2: [supervisor] restart: is not known"),
        ("[supervisor.actors.c]", "line 1: [supervisor.actors] c: is no actor; the actors are: a, b"),
        ("[supervisor.actors]\na = 3", "line 2: [supervisor.actors] a: must be a section"),
        (
            "[supervisor.actors.a]\n[supervisor.actors.b]\nrestart = 'never'",
            "line 3: [supervisor.actors.b] restart: Invalid enum value 'never'",
        ),
        (
            "[supervisor]\nfirst_delay = 0.3\n[supervisor.actors.b]\nlongest_delay = 0.2",
            "line 4: [supervisor.actors.b] longest_delay: a first_delay of 0.3 s is more than the longest",
        ),
        ("[supervisor]\nwindow = 100", "line 2: [supervisor] window: a window of 100 s is too short for a: 11 lives"),
        (
            "[supervisor.actors.b]\nready_within = 60",
            "line 2: [supervisor.actors.b] ready_within: a window of 300 s is too short for b: 11 lives",
        ),
    ],
)
def test_mistakes_name_file_line_and_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configure(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "airhail.toml"))
    assert message in str(caught.value)
