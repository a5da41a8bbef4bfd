"""A runtime directory for each test."""

from collections.abc import Iterator

import pytest

from tests.system.supervised.harness import Supervised, supervised


@pytest.fixture
def tree() -> Iterator[Supervised]:
    with supervised() as one:
        yield one
