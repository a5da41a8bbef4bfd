"""Whatever the file of intents holds, loading it gives intents, or none with the file kept aside; never an error.
What was loaded, written and loaded again is the same, and a change to it is whole on the disk."""

import tempfile
from pathlib import Path

from airhail.actors.connection.intents import Intent, IntentStore

NEW = Intent("02:00:00:00:00:99", "new")

SEEDS = (
    b'{"version":1,"intents":[{"peer":"02:00:00:00:00:01","name":"beta"},{"peer":"02:00:00:00:00:02"}]}',
    b'{"version":2,"intents":[]}',
    b'{"version":1,"intents":[{"peer":1}]}',
    b'{"version":1,"intents":[{"peer":"a"},{"peer":"a","name":"\\ud800"}]}',
    b"[" * 2000,
    b"",
)


def check(data: bytes) -> None:
    """Load a file that holds *data*, add to it, and load it again."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        file = Path(folder, "intents.json")
        file.write_bytes(data)
        known = {intent.peer: intent for intent in IntentStore(Path(folder)).load()}
        kept = [entry.read_bytes() for entry in Path(folder).glob("*.unreadable")]
        assert kept == ([] if file.exists() else [data])
        store = IntentStore(Path(folder))
        store.load()
        store.add(NEW)
        assert {intent.peer: intent for intent in IntentStore(Path(folder)).load()} == {**known, NEW.peer: NEW}
