"""What a scenario's file says about the machine it is played on: read, never run, outside."""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCENARIOS = Path(__file__).parents[1] / "scenarios"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One file of `scenarios/`, as its constants describe it."""

    story: str
    """The first line of its docstring."""
    packages: tuple[str, ...] = ()
    """PACKAGES: Debian packages that its image has beside the usual ones."""
    release: str | None = None
    """RELEASE: the only release it can be played on; None: any."""
    wheels: bool = False
    """WHEELS: whether /airhail/dist holds airhail and what it needs as wheels."""
    tiers: bool = False
    """TIERS: whether `--tier` chooses the rights that airhail has in it (`lab.user`)."""
    seeded: bool = False
    """SEEDED: whether it is told its seed (`lab.parameters["seed"]`), as what is played follows from that alone."""
    corpus: bool = False
    """CORPUS: whether it is played over the hard seeds instead of over seeds that are asked for."""


def scenarios() -> dict[str, Scenario]:
    """Return every scenario by name."""
    files = sorted(SCENARIOS.glob("*.py"))
    return {file.stem.replace("_", "-"): parse(file.read_text()) for file in files if file.name != "__init__.py"}


def parse(source: str) -> Scenario:
    """Return what the source of a scenario says."""
    tree = ast.parse(source)
    constants: dict[str, Any] = {}
    for node in tree.body:
        match node:
            case ast.Assign(
                [ast.Name(("PACKAGES" | "RELEASE" | "WHEELS" | "TIERS" | "SEEDED" | "CORPUS") as name)], value
            ):
                constants[name.lower()] = ast.literal_eval(value)
    story = ast.get_docstring(tree) or "(no story)"
    return Scenario(story.splitlines()[0], **constants)
