"""Call an airhail actor: `python client.py SOCKET METHOD [ARGUMENTS]`. Needs msgpack, and nothing of airhail."""

import json
import socket
import sys
from typing import Any

import msgpack


def receive(sock: socket.socket) -> Any:
    """Return the next message."""
    length = int.from_bytes(sock.recv(4, socket.MSG_WAITALL), "big")
    return msgpack.unpackb(sock.recv(length, socket.MSG_WAITALL))


path, method, args = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
with socket.socket(socket.AF_UNIX) as sock:
    sock.connect(path)
    hello = receive(sock)  # or a failure, when we are not let in
    body = msgpack.packb({"type": "call", "id": 1, "method": method, "args": args, "deadline_ms": 5000})
    sock.sendall(len(body).to_bytes(4, "big") + body)
    print(json.dumps(receive(sock)))
