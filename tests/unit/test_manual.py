"""The pages in docs/ say what the code does."""

import dataclasses
import json
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from airhail.actors.ble.pairing import reasons as pairing
from airhail.actors.ble.shell import BleSection
from airhail.actors.buses import BusSection
from airhail.actors.connection.hail.core import OVERDUE
from airhail.actors.connection.hail.heard import REACTIONS
from airhail.actors.connection.hail.messages import TYPES, Offer, Refusal
from airhail.actors.connection.hail.stages import MANNERS, MAY_FOLLOW, SILENCE_S, Stage
from airhail.actors.connection.ladder.ladder import CURES, LADDER
from airhail.actors.connection.shell import ConnectionSection
from airhail.actors.discovery.shell import DiscoverySection
from airhail.actors.doctor.bugs import KNOWN_BUGS
from airhail.actors.doctor.checks.table import CHECKS
from airhail.actors.doctor.findings import Grade
from airhail.actors.hooks.shell import HooksSection
from airhail.actors.lan.shell import LanSection
from airhail.actors.liveness.shell import LivenessSection
from airhail.actors.reasons import EXPLANATIONS, NEEDS_PERSON, Reason
from airhail.actors.symptoms import SEEN, Symptom
from airhail.ipc.config import SECTIONS
from airhail.ipc.logs import LogSection
from airhail.supervisor.settings import ActorSection, SupervisorSection
from airhail.supervisor.specs import ActorSpec
from tests.fuzz.targets import WATCHED

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.glob("*.md")), *sorted(ROOT.glob("*.md")), ROOT / "tests" / "lab" / "README.md"]


KEYS: Mapping[str, type[Struct]] = {
    "log": LogSection,
    "bus": BusSection,
    "ble": BleSection,
    "discovery": DiscoverySection,
    "lan": LanSection,
    "liveness": LivenessSection,
    "connection": ConnectionSection,
    "hooks": HooksSection,
    "supervisor": SupervisorSection,
    "supervisor.actors.NAME": ActorSection,
}
# What the sections of the supervisor leave out is as it stands in the actor's spec.
SPEC_DEFAULTS = {field.name: field.default for field in dataclasses.fields(ActorSpec)}
# What `hail.speech` says in each stage, and how those end whose end is no reason of this host's.
HAIL_WORDS = {
    Stage.CALLING: "`propose`",
    Stage.RINGING: "`propose`",
    Stage.ASKING: "`ringing`",
    Stage.ACCEPTED: "`accept`",
    Stage.PREPARING: "`go` or `accept`",
    Stage.READY: "`go` or `ready`",
    Stage.MOVED: "`moved`",
    Stage.ENDING: "the last word",
}
HAIL_ENDS = {Stage.ASKING: "refuse `no-answer`", Stage.ENDING: "-"}
HEADING = re.compile(r"^## \[([\w.]+)\]$", re.MULTILINE)
KEY = re.compile(r"^\| `(\w+)` \| (.*?) \| ", re.MULTILINE)
TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
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


def test_the_page_of_bluetooth_lists_every_reason_of_a_pairing() -> None:
    explained = pairing.EXPLANATIONS
    expected = [f"| `{reason}` | {explained[reason].sentence} | {explained[reason].advice} |" for reason in explained]
    assert [line for line in (DOCS / "bluetooth.md").read_text().splitlines() if line.startswith("| `")] == expected


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
        f"| {step.within:g} s | {step.cost:g} s | {step.every:g} s | {step.most} |"
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


def hail_stages() -> list[str]:
    rows = []
    for stage, manner in MANNERS.items():
        says = "nothing" if manner.every is None else f"{HAIL_WORDS[stage]}, every {manner.every:g} s"
        limit = "what is left" if manner.limit is None else f"{manner.limit:g} s"
        silence = "-" if manner.patient else f"{SILENCE_S:g} s"
        after = ", ".join(f"`{one}`" for one in Stage if one in MAY_FOLLOW[stage]) or "-"
        ends = f"`{OVERDUE[stage].reason}`" if stage in OVERDUE else HAIL_ENDS[stage]
        rows.append(f"| `{stage}` | {says} | {limit} | {ends} | {silence} | {after} |")
    return rows


def hail_reactions() -> list[str]:
    rows = []
    for kind, by_stage in REACTIONS.items():
        for reaction in dict.fromkeys(by_stage.values()):
            stages = [stage for stage in Stage if by_stage.get(stage) is reaction]
            within = "any but `ending`" if len(stages) == len(Stage) - 1 else ", ".join(f"`{one}`" for one in stages)
            said = (reaction.__doc__ or "").splitlines()[0]
            rows.append(f"| `{kind.__name__.lower()}` | {within} | {said} |")
    return rows


def test_the_page_of_the_hail_has_every_stage_message_and_refusal() -> None:
    lines = (DOCS / "hail.md").read_text().splitlines()
    written = [line for line in lines if line.startswith("| `") and line.count("|") != 3]
    fields = [
        f"| `{kind}` | " + ", ".join(f"`{name}`" for name in hail_fields(message)) for kind, message in TYPES.items()
    ]
    assert [line[: len(row)] for line, row in zip(written, fields, strict=False)] == fields
    assert written[len(fields) :] == hail_stages() + hail_reactions()
    refusals = [line.split("`")[1] for line in lines if line.startswith("| `") and line.count("|") == 3]
    assert refusals == list(Refusal)


def hail_fields(message: type) -> list[str]:
    names = [field.name for field in dataclasses.fields(message)]
    if "offer" not in names:
        return names
    place = names.index("offer")
    return [*names[:place], *(field.name for field in dataclasses.fields(Offer)), *names[place + 1 :]]


def test_the_page_on_security_names_tests_that_are_there() -> None:
    page = (DOCS / "security.md").read_text()
    there = {name for path in (ROOT / "tests").rglob("test_*.py") for name in TEST.findall(path.read_text())}
    assert set(re.findall(r"`(test_\w+)`", page)) <= there
    assert set(re.findall(r"`scripts/fuzz (\w+)`", page)) <= set(WATCHED)
    rows = [
        line for line in page.splitlines() if line.startswith("| ") and "---" not in line and "attack" not in line
    ]
    assert all("`" in row.rpartition(" | ")[2] for row in rows), "an attack that no test tries"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = [target for target in LINK.findall(page.read_text()) if not (page.parent / target).exists()]
    assert not lost
