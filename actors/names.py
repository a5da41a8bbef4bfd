"""Names, as far as what carries them has room, and addresses, trust ids and keys, as they are written."""

from typing import Annotated

import msgspec

Address = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{2}:){5}[0-9a-f]{2}$")]
"""A P2P device address, or one of Bluetooth."""

TrustId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
"""The name of a trusted host: the first 16 hexadecimal digits of the SHA-256 of its public key."""

Key = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
"""32 bytes as every file and message of text has them."""


def fit(name: str, most: int) -> str:
    """Shorten *name* to what fits into *most* bytes of UTF-8, at a character's end."""
    return name.encode()[:most].decode(errors="ignore")
