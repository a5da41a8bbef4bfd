"""The lightest actor: `python -m tests.system.faults.light NAME plain`, for tests that start hundreds.

It imports what the protocol needs and nothing of airhail, so a life begins in a tenth of the usual time.
"""

import os
import socket

LIFELINE = 4


def main() -> None:
    """Get ready, and live until the supervisor is gone."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
    os.read(LIFELINE, 1)


if __name__ == "__main__":
    main()
