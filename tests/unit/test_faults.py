"""docs/faults.md lists every fault test, and nothing that is none."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAULTS = ROOT / "tests" / "system" / "faults"
SCENARIOS = ROOT / "tests" / "lab" / "scenarios"
COUNT = 17
HEADING = re.compile(r"^## (\d+)\. ", re.MULTILINE)
LISTED = re.compile(r"^- `(test_\w+)`$", re.MULTILINE)
SCENARIO = re.compile(r"`([a-z]+(?:-[a-z]+)+)`")


def names_in(module: Path) -> list[str]:
    """Return the names of the tests in a module, in order."""
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    names = [node.name for node in ast.parse(module.read_text()).body if isinstance(node, functions)]
    return [name for name in names if name.startswith("test_")]


def test_the_page_of_faults_lists_every_fault_and_test() -> None:
    page = (ROOT / "docs" / "faults.md").read_text()
    _, *parts = HEADING.split(page)
    listed = {int(number): LISTED.findall(text) for number, text in zip(parts[::2], parts[1::2], strict=True)}
    modules = {int(path.name.split("_")[1]): names_in(path) for path in sorted(FAULTS.glob("test_*.py"))}
    assert listed == modules
    assert sorted(modules) == list(range(1, COUNT + 1))


def test_the_scenarios_that_the_page_names_are_there() -> None:
    named = SCENARIO.findall((ROOT / "docs" / "faults.md").read_text())
    assert named
    for name in named:
        assert (SCENARIOS / f"{name.replace('-', '_')}.py").is_file(), name
