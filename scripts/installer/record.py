"""What an installation has put in place, written down in its own prefix as it goes, so that it can be undone."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

NAME = "installed.json"


@dataclass(slots=True)
class Record:
    """What is in place. Paths are absolute; `folders` are those that were made, outer before inner."""

    prefix: str
    init: str
    user: bool
    account: str = ""
    group: str = ""
    folders: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def save(self) -> None:
        """Write it down, whole or not at all."""
        path = Path(self.prefix, NAME)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(asdict(self), indent=2) + "\n")
        new.replace(path)

    def make_folder(self, folder: Path) -> None:
        """Make a folder and what is missing above it."""
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(mode=0o755)
            self.folders.append(str(path))

    def add_file(self, path: Path) -> None:
        """Note a file that is about to be put in place."""
        if str(path) not in self.files:
            self.files.append(str(path))
            self.save()


def read(prefix: Path) -> Record | None:
    """Return the record of the installation in `prefix`, None when there is none."""
    try:
        text = (prefix / NAME).read_text()
    except FileNotFoundError:
        return None
    return Record(**json.loads(text))
