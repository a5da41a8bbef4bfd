"""Who owns which well-known name: by this, services are seen to leave and to come back."""

from dataclasses import dataclass, field

from trio_util import AsyncValue


@dataclass(slots=True)
class Entry:
    """What is known of one name: `news` counts how often its owner was told."""

    holders: int = 0
    news: int = 0
    owner: AsyncValue[str | None] = field(default_factory=lambda: AsyncValue(None))


class OwnerTable:
    """Hold the owners of the names somebody is interested in, as the bus last told them."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}

    def hold(self, name: str) -> Entry:
        """Note one more interested in `name`."""
        entry = self.entries.setdefault(name, Entry())
        entry.holders += 1
        return entry

    def release(self, name: str) -> None:
        """Note one fewer interested in `name`."""
        entry = self.entries[name]
        entry.holders -= 1
        if entry.holders == 0:
            del self.entries[name]

    def learn(self, name: str, owner: str | None) -> bool:
        """Take in what the bus told; tell whether that is a change."""
        entry = self.entries.get(name)
        if entry is None:
            return False
        entry.news += 1
        changed: bool = entry.owner.value != owner
        entry.owner.value = owner
        return changed

    def forget(self) -> list[str]:
        """Take every name for ownerless, as the bus is gone; return those that had an owner."""
        return [name for name in list(self.entries) if self.learn(name, None)]

    def owner_of(self, name: str) -> str | None:
        """Return the unique name behind `name`, None while nobody owns it."""
        entry = self.entries.get(name)
        return None if entry is None else entry.owner.value
