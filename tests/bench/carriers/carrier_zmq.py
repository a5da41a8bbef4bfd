"""ZeroMQ's request and reply, by pyzmq's blocking calls; run by the Python that has it (tests/bench/tools.py)."""

import time

import msgpack
import zmq

from tests.bench.carriers import MESSAGE, WARM_UP


def serve(address: str) -> None:
    """Answer at the socket `address`."""
    with zmq.Context() as context, context.socket(zmq.REP) as replies:
        replies.bind(f"ipc://{address}")
        print("serves", flush=True)
        while True:
            replies.send(msgpack.packb(msgpack.unpackb(replies.recv())))


def ask(address: str, rounds: int) -> list[float]:
    """Return the seconds of each round trip."""
    taken = []
    with zmq.Context() as context, context.socket(zmq.REQ) as requests:
        requests.connect(f"ipc://{address}")
        for _ in range(WARM_UP + rounds):
            begun = time.perf_counter()
            requests.send(msgpack.packb(MESSAGE))
            msgpack.unpackb(requests.recv())
            taken.append(time.perf_counter() - begun)
    return taken[WARM_UP:]
