"""The command lines of airhail's other programs: the same Python, with one of its modules."""

import sys
from collections.abc import Sequence

PYTHON = (sys.executable, "-P", "-m")
"""-P: else `-m` looks for modules in the current folder first, and whoever may write there, in /tmp say, would have
root run theirs (python(1))."""


def program(module: str, *arguments: str) -> tuple[str, ...]:
    """Return the command line that runs a module with arguments."""
    return (*PYTHON, module, *arguments)


def module_of(command: Sequence[str]) -> str:
    """Return the module of a command line that `program` made; empty for any other."""
    return command[len(PYTHON)] if len(command) > len(PYTHON) and tuple(command[: len(PYTHON)]) == PYTHON else ""


def arguments_of(command: Sequence[str]) -> list[str]:
    """Return the arguments of a command line that `program` made."""
    return list(command[len(PYTHON) + 1 :])
