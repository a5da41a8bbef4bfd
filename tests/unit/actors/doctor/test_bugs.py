import pytest

from airhail.actors.doctor.bugs import KNOWN_BUGS, NETWORKMANAGER, SUPPLICANT, bugs_of, version_of


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.42.4", (1, 42, 4)),
        ("1.57.0-dev", (1, 57, 0)),
        ("2.10", (2, 10)),
        ("2.11-devel", (2, 11)),
        ("", ()),
        ("x", ()),
    ],
)
def test_a_version_is_its_numbers(text: str, version: tuple[int, ...]) -> None:
    assert version_of(text) == version


def test_every_bug_has_an_id_of_its_own_and_a_program_that_is_known() -> None:
    assert len({bug.id for bug in KNOWN_BUGS}) == len(KNOWN_BUGS)
    assert {bug.program for bug in KNOWN_BUGS} == {NETWORKMANAGER, SUPPLICANT}


def test_a_bug_ends_with_the_version_that_fixed_it() -> None:
    fixed = [bug for bug in KNOWN_BUGS if bug.fixed]
    assert fixed
    for bug in fixed:
        assert bug.fixed is not None
        assert bug in bugs_of(bug.program, (*bug.fixed[:-1], bug.fixed[-1] - 1, 99))
        assert bug not in bugs_of(bug.program, bug.fixed)
