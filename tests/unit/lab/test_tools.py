from pathlib import Path

import pytest

from tests.lab.outside.tools import FILES, MIRROR, TOOLS, missing_packages


def test_a_compiler_without_the_c_librarys_headers_is_not_enough() -> None:
    everything = {program: f"/usr/bin/{program}" for program in TOOLS}
    headers = Path("/usr/include/stdio.h")
    assert missing_packages(everything.get, lambda _: True) == []
    assert missing_packages(everything.get, lambda file: file != headers) == ["libc6-dev"]


def test_a_machine_with_nothing_gets_each_package_once() -> None:
    missing = missing_packages(lambda _: None, lambda _: False)
    assert missing == sorted({*TOOLS.values(), *FILES.values()})


@pytest.mark.parametrize(
    ("sources", "uri"),
    [
        ("deb http://ftp.de.debian.org/debian bookworm main\n", "http://ftp.de.debian.org/debian"),
        (
            "deb [signed-by=/k.gpg arch=amd64] https://deb.debian.org/debian/ trixie main\n",
            "https://deb.debian.org/debian",
        ),
        ("Types: deb\nURIs: http://deb.debian.org/debian\nSuites: trixie\n", "http://deb.debian.org/debian"),
    ],
)
def test_the_machines_own_mirror_is_found(sources: str, uri: str) -> None:
    match = MIRROR.search(sources)
    assert match is not None
    assert match[1] == uri


@pytest.mark.parametrize(
    "sources",
    [
        "# deb http://x/debian y main\n",
        "URIs: http://deb.debian.org/debian-security\n",
        "deb http://x/ubuntu y main\n",
    ],
)
def test_other_archives_are_not_taken_for_it(sources: str) -> None:
    assert MIRROR.search(sources) is None
