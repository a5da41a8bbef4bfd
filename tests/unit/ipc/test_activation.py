import os
import subprocess
import sys

import pytest

from airhail.ipc.activation import FIRST, listen_fds
from airhail.ipc.errors import LocalProtocolError

US = str(os.getpid())


def test_nothing_handed_over() -> None:
    assert listen_fds({}) == {}


def test_for_another_process_is_not_for_us_nor_our_children() -> None:
    environ = {"LISTEN_PID": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "a", "HOME": "/"}
    assert listen_fds(environ) == {}
    assert environ == {"HOME": "/"}


@pytest.mark.parametrize(
    ("count", "names"), [("two", "a:b"), ("2", "a"), ("2", "a:b:c"), ("2", "a:a"), ("1", ""), ("-1", "")]
)
def test_badly_named(count: str, names: str) -> None:
    with pytest.raises(LocalProtocolError):
        listen_fds({"LISTEN_PID": US, "LISTEN_FDS": count, "LISTEN_FDNAMES": names})


def test_none_are_handed_over() -> None:
    assert listen_fds({"LISTEN_PID": US, "LISTEN_FDS": "0", "LISTEN_FDNAMES": ""}) == {}


CHILD = """
import os
os.environ["LISTEN_PID"] = str(os.getpid())
from airhail.ipc.activation import listen_fds
handed = listen_fds()
print(handed, [os.get_inheritable(number) for number in handed.values()], "LISTEN_FDS" in os.environ)
"""


def test_handed_over_by_name_and_closed_on_exec() -> None:
    # In a process of its own: descriptors 3 and 4 of this one belong to others.
    shell = f'exec 3</dev/null 4</dev/null; exec "{sys.executable}" -c "$0"'
    environ = os.environ | {"LISTEN_FDS": "2", "LISTEN_FDNAMES": "probe:lifeline"}
    done = subprocess.run(["sh", "-c", shell, CHILD], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == f"{{'probe': {FIRST}, 'lifeline': {FIRST + 1}}} [False, False] False\n"
