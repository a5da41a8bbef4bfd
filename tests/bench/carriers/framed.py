"""A length before each body, for the carriers that have no messages of their own."""

HEADER = 4


def framed(body: bytes) -> bytes:
    """Put the length before a body."""
    return len(body).to_bytes(HEADER, "big") + body


def cut(buffer: bytearray) -> bytes | None:
    """Take the first whole body out of what has come; None when more is needed."""
    end = HEADER + int.from_bytes(buffer[:HEADER], "big")
    if len(buffer) < HEADER or len(buffer) < end:
        return None
    body = bytes(buffer[HEADER:end])
    del buffer[:end]
    return body
