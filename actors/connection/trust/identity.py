"""The key of this host: made once, kept for its owner alone, and never replaced without a word."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from airhail.actors.files import create_private, read_private
from airhail.actors.names import Key

VERSION = 1
FILE = "identity.json"
# Two keys in hexadecimal and what stands around them are below 200 bytes.
MAX_BYTES = 1024

ID_DIGITS = 16
"""Hexadecimal digits of a trust id. It is a short name and proves nothing: the key behind it does."""


class TrustError(Exception):
    """Trust cannot be used; the sentence says which file, what is wrong with it, and what to do."""


class KeyGoneError(TrustError):
    """This host had a key, and its file is not there."""


class _File(msgspec.Struct, frozen=True):
    version: int
    public: Key
    # Beside the public half, which must fit it: a damaged private key would pass for one.
    private: Key


@dataclass(frozen=True, slots=True)
class Identity:
    """A key pair of X25519 (RFC 7748), each half 32 bytes."""

    private: bytes = field(repr=False)
    public: bytes


def trust_id(public: bytes) -> str:
    """Return the short name of a host: the first digits of the SHA-256 of its public key."""
    return hashlib.sha256(public).hexdigest()[:ID_DIGITS]


def make_identity() -> Identity:
    """Return a new key pair, from the system's randomness."""
    return of_private(X25519PrivateKey.generate().private_bytes_raw())


def of_private(private: bytes) -> Identity:
    """Return the key pair of which *private* is one half."""
    return Identity(private, X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw())


def load_identity(folder: Path, *, known: bool = False) -> Identity:
    """Return this host's key pair, made now if there has never been one.

    Raises TrustError when the file is there and damaged, or others can get at it, and KeyGoneError when it is not
    there although peers are *known* to have its public half: nothing is made in its place. Raises OSError when the
    folder cannot be used.
    """
    path = folder / FILE
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        return _read(path)
    except FileNotFoundError:
        if known:
            raise KeyGoneError(f"{path} is gone, and there are peers that know this host by it") from None
        made = make_identity()
        content = msgspec.json.encode(_File(VERSION, made.public.hex(), made.private.hex()))
        try:
            create_private(path, content)
        except FileExistsError:
            # Another process was faster: both are the same host.
            return _read(path)
        return made


def _read(path: Path) -> Identity:
    try:
        read = msgspec.json.decode(read_private(path, MAX_BYTES), type=_File)
        if read.version != VERSION:
            raise ValueError(f"its version is {read.version}, this airhail reads version {VERSION}")
        identity = of_private(bytes.fromhex(read.private))
        if identity.public.hex() != read.public:
            raise ValueError("its two halves do not belong together")
    except FileNotFoundError:
        raise
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise TrustError(f"{path} cannot be used: {error}") from error
    return identity
