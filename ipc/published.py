"""The one state document of an actor, and everyone who follows it."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import trio

from airhail.ipc.codec import document
from airhail.ipc.limits import SUBSCRIBER_QUEUE
from airhail.ipc.messages import Delta, Snapshot
from airhail.ipc.patch import diff


class Published:
    """A state document that is replaced, never changed in place; updates are numbered.

    `record` gets every new document, to keep it where it outlives the process.
    """

    def __init__(self, initial: Any, record: Callable[[dict[str, Any]], None] | None = None) -> None:
        self._state = document(initial)
        self._given: Any = None
        self._record = record
        self._seq = 0
        self._subscriptions: set[Subscription] = set()

    @property
    def state(self) -> dict[str, Any]:
        """The document as it is now; nobody may change it in place."""
        return self._state

    @property
    def seq(self) -> int:
        """How many updates have changed the document."""
        return self._seq

    def update(self, new_state: Any) -> None:
        """Replace the document by *new_state* (a map or Struct; None entries are left out) and tell everyone.

        Never waits. LocalProtocolError when it is no document; the old one then stays. The very object that was given
        last costs nothing: whoever changes seldom and is asked often keeps it.
        """
        if new_state is self._given:
            return
        new = document(new_state)
        self._given = new_state
        patch = diff(self._state, new)
        if not patch:
            return
        self._state = new
        self._seq += 1
        if self._record is not None:
            self._record(new)
        for subscription in self._subscriptions:
            subscription.push(self._seq, patch)

    @contextmanager
    def subscribe(self, subscription_id: int) -> "Iterator[Subscription]":
        """Follow the document for as long as the context is open."""
        subscription = Subscription(self, subscription_id)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.remove(subscription)


class Subscription:
    """One follower's bounded queue: deltas while it keeps up, else the whole state afresh."""

    def __init__(self, published: Published, subscription_id: int) -> None:
        self._published = published
        self._id = subscription_id
        self._deltas: deque[Delta] = deque()
        self._behind = True
        self._news = trio.Event()
        self._news.set()

    def push(self, seq: int, patch: dict[str, Any]) -> None:
        """Queue one delta; a full queue collapses into one snapshot."""
        if not self._behind and len(self._deltas) < SUBSCRIBER_QUEUE:
            self._deltas.append(Delta(self._id, seq, patch))
        else:
            self.restart()
        self._news.set()

    def restart(self) -> None:
        """Forget the deltas; the next message is a snapshot."""
        self._deltas.clear()
        self._behind = True
        self._news.set()

    async def receive(self) -> Snapshot | Delta:
        """Wait for the next message: the snapshot first, then deltas without a gap, or a snapshot again."""
        await self._news.wait()
        if self._behind:
            self._behind = False
            message: Snapshot | Delta = Snapshot(self._id, self._published.seq, self._published.state)
        else:
            message = self._deltas.popleft()
        if not self._deltas:
            self._news = trio.Event()
        return message
