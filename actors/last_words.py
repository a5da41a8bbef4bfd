"""What an actor leaves behind when it is made to end, or ends by a mistake.

faulthandler writes the stack of every thread from C, so it does even when Python is stuck. It then hands the
signal on to Python's own handler, which runs if Python still does, and writes down the tree of tasks and the last
steps of the core.
"""

import faulthandler
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from types import FrameType

import msgspec
import trio

from airhail.ipc.inspection.blackbox import NAME, STACK, BlackBox
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.inspection.tasks import task_tree, tree_lines
from airhail.ipc.limits import STACK_ROOM


class LastWords:
    """Where this process writes what it says last: the black box that its parent handed over, or standard error.

    Raises LocalProtocolError when the parent hands over something else as a box.
    """

    def __init__(self, handed: Mapping[str, int]) -> None:
        self._descriptor = handed.get(NAME)
        self.inspection = Inspection(None if self._descriptor is None else BlackBox.open(self._descriptor))

    def prepare(self) -> None:
        """Have the end of this process written down, by whichever signal or fault it comes."""
        # Before faulthandler, which then calls it as the handler that was there before.
        signal.signal(signal.SIGABRT, self._abort)
        faulthandler.enable(sys.stderr.fileno() if self._descriptor is None else self._descriptor)

    def keep_traceback(self, error: BaseException) -> None:
        """Write down the error that ended this process, of which the log line may be cut, and what led to it."""
        if self._descriptor is not None:
            text = "".join(traceback.format_exception(error)).encode(errors="backslashreplace")
            os.pwrite(self._descriptor, text[-STACK_ROOM:], STACK)
            self.inspection.keep_steps()

    def _abort(self, number: int, frame: FrameType | None) -> None:
        if trio.lowlevel.in_trio_run():
            tree = task_tree(self.inspection.tasks)
            self.inspection.keep_tasks(msgspec.msgpack.encode(tree))
            self.inspection.keep_steps()
            os.write(sys.stderr.fileno(), "\n".join([*tree_lines(tree.tasks), ""]).encode())
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
