"""Be root where it is about files only: an ordinary user gets a user namespace in which files keep their owners."""

import os
import shutil
from pathlib import Path

from tests.lab.outside.shell import run


def as_root() -> list[str]:
    """Return the prefix that runs a command as root, or as root of a namespace that has the user's subordinate ids.

    NetworkManager loads no plugin that root does not own, and polkit's rules are for polkitd's eyes only: an image
    whose files all belonged to one user would be no Debian. The ids come from /etc/subuid and /etc/subgid.
    """
    return [] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--map-auto", "--"]


def remove(folder: Path) -> None:
    """Remove a folder, whoever of the namespace owns what is in it."""
    try:
        shutil.rmtree(folder)
    except PermissionError:
        run([*as_root(), "rm", "-rf", "--", str(folder)])
