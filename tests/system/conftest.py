"""What every test with real processes relies on."""

import signal

import pytest


@pytest.fixture(autouse=True, scope="session")
def heard_interrupts() -> None:
    """Let processes hear Ctrl-C, as at a terminal.

    A shell without job control has what it runs in the background ignore SIGINT, and an exec keeps what is ignored.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
