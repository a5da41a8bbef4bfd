"""A daemon, a service and a Bus for each test."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from airhail.ipc.dbus.bus import Bus, open_bus
from tests.system.dbus.calls import NAME
from tests.system.dbus.private_bus import Daemon, open_daemon, open_service


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncGenerator[Daemon]:
    async with open_daemon(tmp_path) as daemon:
        yield daemon


@pytest.fixture
async def service(daemon: Daemon) -> AsyncGenerator[None]:
    async with open_service(daemon, NAME):
        yield


@pytest.fixture
async def bus(daemon: Daemon, service: None) -> AsyncGenerator[Bus]:
    async with open_bus(daemon.address) as bus:
        yield bus
