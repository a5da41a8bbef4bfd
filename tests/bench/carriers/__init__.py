"""Ways to carry one map there and back between two processes; each is a module with `serve` and `ask`.

Every one packs and unpacks the same map of 1 KB with msgpack at both ends, so what differs is the carrying.
"""

from typing import Any

CARRIERS = ("airhail", "trio", "asyncio", "zmq", "dbus")

WARM_UP = 200
"""Round trips before the counted ones: caches are warm and Python's code is specialised then."""

MESSAGE: dict[str, Any] = {
    "peers": {
        f"02:00:00:00:00:{number:02x}": {"name": f"peer {number}", "signal": -40 - number, "present": True}
        for number in range(20)
    }
}
"""Like a state document with a few peers: 1,000 bytes packed."""
