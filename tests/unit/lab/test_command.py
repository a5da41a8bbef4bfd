import pytest

from tests.lab.outside.command import parser, plays_of_seeds
from tests.lab.outside.scenario import scenarios


def test_a_soak_is_the_scenario_over_so_many_seeds() -> None:
    arguments = parser().parse_args(["soak", "--seeds", "3", "--seed", "7"])
    plays = plays_of_seeds("soak", scenarios()[arguments.scenario], "netdev", arguments)
    assert [play.seed for play in plays] == [7, 8, 9]
    assert plays[0].again == "scripts/lab run soak --runs 1 --seed 7"
    assert vars(arguments).keys() >= vars(parser().parse_args(["run", "soak"])).keys()


@pytest.mark.parametrize("argv", [["run", "soak", "--runs"], ["soak", "--seeds"], ["rungs", "--runs"]])
@pytest.mark.parametrize("none", ["0", "-1", "", "x"])
def test_nothing_to_play_is_told_as_such(argv: list[str], none: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parser().parse_args([*argv, none])
    assert "write 1 or more" in capsys.readouterr().err
