"""A runtime directory for each test; what the supervisor logged stands in the report of a test that failed."""

from collections.abc import Iterator

import pytest

from tests.system.supervised.harness import Supervised, supervised


@pytest.fixture
def tree() -> Iterator[Supervised]:
    with supervised() as one:
        yield one
        if one.log.exists():
            print(one.log.read_text())
