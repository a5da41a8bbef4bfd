"""All that one process shows of itself beside its state document."""

from typing import Any

import msgpack

from airhail.ipc.inspection.blackbox import BlackBox
from airhail.ipc.inspection.feed import Feed
from airhail.ipc.inspection.logs import RecentLines
from airhail.ipc.inspection.tasks import TaskWatch
from airhail.ipc.inspection.trace import Trace
from airhail.ipc.recording.steps import Steps
from airhail.ipc.stats import Stats


class Inspection:
    """What is counted, written down and watched; *box* is where it outlives the process."""

    def __init__(self, box: BlackBox | None = None, stats: Stats | None = None) -> None:
        self._box = box or BlackBox.own()
        self.stats = stats or Stats()
        self.tasks = TaskWatch()
        """For `trio.run(instruments=...)`; without it the tree tells no times."""
        self.log = Feed(self._box.log)
        self.log_handler = RecentLines(self.log)
        """For the root logger."""
        self.messages = Feed(self._box.messages)
        self.trace = Trace(self.messages)
        """For `recording`: the channels made from then on are traced."""
        self.steps = Steps()
        """Of the process's core, which takes them through it."""

    def keep_state(self, state: dict[str, Any]) -> None:
        """Write the state document to the box; one that nobody could be sent is not kept either."""
        packed: bytes = msgpack.packb(state)
        if len(packed) <= self._box.state.largest // 2:
            self._box.state.append(packed)

    def keep_tasks(self, tree: bytes) -> None:
        """Write the task tree to the box."""
        self._box.tasks.append(tree)

    def keep_steps(self) -> None:
        """Write the core's last steps to the box, as lines of a recording."""
        if self.steps.has_core:
            self._box.steps.append(self.steps.recording(self._box.steps.largest))
