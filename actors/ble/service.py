"""The GATT service that every airhail host offers to its bonded peers: airhail's own UUIDs, made by chance once.

A host is called by writing a body into one of its mailboxes, and answers by writing into one of the caller's: the
attribute protocol runs both ways over one connection.
"""

from typing import Final

SERVICE: Final = "77033060-0b72-4d02-af7c-6a3944c0fcd1"
"""The service, and under which the token stands in an advertisement."""

SECURE: Final = "77033061-0b72-4d02-af7c-6a3944c0fcd1"
"""The mailbox for introductions: it takes what comes over a bond that people at both ends have confirmed."""

ENCRYPTED: Final = "77033062-0b72-4d02-af7c-6a3944c0fcd1"
"""The mailbox for met peers, whose bodies are sealed: any bond will do, also one that was made without a comparison.
A write to the secure one over such a bond may get no answer at all, and takes the connection along."""

FLAGS: Final = {SECURE: "encrypt-authenticated-write", ENCRYPTED: "encrypt-write"}
"""BlueZ's words for who may write (doc/org.bluez.GattCharacteristic.rst)."""
