"""The pages in docs/ say what the code does."""

import dataclasses
import json
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from airhail.actors.buses import BusSection
from airhail.actors.connection.ladder import CURES, LADDER
from airhail.actors.connection.shell import ConnectionSection
from airhail.actors.discovery.shell import DiscoverySection
from airhail.actors.doctor.bugs import KNOWN_BUGS
from airhail.actors.doctor.checks.table import CHECKS
from airhail.actors.doctor.findings import Grade
from airhail.actors.reasons import EXPLANATIONS, NEEDS_PERSON, Reason
from airhail.actors.symptoms import SEEN, Symptom
from airhail.ipc.config import SECTIONS
from airhail.ipc.logs import LogSection
from airhail.supervisor.settings import ActorSection, SupervisorSection
from airhail.supervisor.specs import ActorSpec

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.glob("*.md")), *sorted(ROOT.glob("*.md")), ROOT / "tests" / "lab" / "README.md"]


KEYS: Mapping[str, type[Struct]] = {
    "log": LogSection,
    "bus": BusSection,
    "discovery": DiscoverySection,
    "connection": ConnectionSection,
    "supervisor": SupervisorSection,
    "supervisor.actors.NAME": ActorSection,
}
# What the sections of the supervisor leave out is as it stands in the actor's spec.
SPEC_DEFAULTS = {field.name: field.default for field in dataclasses.fields(ActorSpec)}
HEADING = re.compile(r"^## \[([\w.]+)\]$", re.MULTILINE)
KEY = re.compile(r"^\| `(\w+)` \| (.*?) \| ", re.MULTILINE)
# A link to a file of ours; a heading in it may follow.
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def default_of(field: msgspec.structs.FieldInfo) -> str:
    if field.default_factory is not msgspec.NODEFAULT:
        return "none"
    default = field.default
    if default is msgspec.UNSET:
        default = SPEC_DEFAULTS.get("kind" if field.name == "restart" else field.name)
    return "absent" if default is None else f"`{json.dumps(msgspec.to_builtins(default))}`"


def test_the_configuration_page_lists_every_key_with_its_default() -> None:
    _, *parts = HEADING.split((DOCS / "configuration.md").read_text().partition("## Places")[0])
    written = {section: dict(KEY.findall(text)) for section, text in zip(parts[::2], parts[1::2], strict=True)}
    real = {
        section: {field.encode_name: default_of(field) for field in msgspec.structs.fields(kind)}
        for section, kind in KEYS.items()
    }
    assert written == real
    assert {section.split(".")[0] for section in real} == SECTIONS


def test_the_page_of_reasons_is_the_closed_list() -> None:
    expected = []
    for reason in Reason:
        explanation = EXPLANATIONS[reason]
        mover = "a person" if reason in NEEDS_PERSON else "airhail"
        expected.append(f"| `{reason}` | {explanation.sentence} | {explanation.advice} | {mover} |")
    written = [line for line in (DOCS / "reasons.md").read_text().splitlines() if line.startswith("| `")]
    assert written == expected


def test_the_page_of_the_doctor_lists_every_check_and_every_known_bug() -> None:
    expected = [f"| `{grade}` |" for grade in Grade]
    for name, check in CHECKS.items():
        told = (check.__doc__ or "").splitlines()[0].removeprefix("Tell ")
        expected.append(f"| `{name}` | {told} |")
    for bug in KNOWN_BUGS:
        before = f" before {'.'.join(map(str, bug.fixed))}" if bug.fixed else ""
        expected.append(f"| `{bug.id}` | {bug.program}{before} | {bug.sentence} | {bug.airhail} |")
    written = [line for line in (DOCS / "doctor.md").read_text().splitlines() if line.startswith("| `")]
    assert [line[: len(row)] for line, row in zip(written, expected, strict=True)] == expected


def rung_rows() -> list[str]:
    return [
        f"| `{rung}` | {step.clears} | {step.disturbs} | {step.needs.name.lower()} | {step.shows} "
        f"| {step.within:g} s | {step.cost:g} s | {step.every:g} s |"
        for rung, step in LADDER.items()
    ]


def symptom_rows() -> list[str]:
    rungs = {symptom: ", ".join(f"`{rung}`" for rung in CURES.get(symptom, ())) for symptom in Symptom}
    return [
        f"| `{symptom}` | {sentence} | {rungs[symptom] or 'discovery sees to it'} |"
        for symptom, sentence in SEEN.items()
    ]


def test_the_page_of_the_ladder_has_every_rung_and_symptom() -> None:
    written = [line for line in (DOCS / "ladder.md").read_text().splitlines() if line.startswith("| `")]
    assert written == rung_rows() + symptom_rows()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = [target for target in LINK.findall(page.read_text()) if not (page.parent / target).exists()]
    assert not lost
