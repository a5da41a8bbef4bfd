"""Every limit of the bus client, each with its reason. Times are in seconds."""

from typing import Final

MAX_MESSAGE: Final = 32 * 1024 * 1024
"""Bytes of one message: dbus-daemon's own default (bus/config-parser.c, max_message_size); it cuts off a
sender of more, so a larger length means that the stream is no longer what it seems."""

MAX_AUTH_REPLY: Final = 4096
"""Bytes taken at once while authenticating; the one line expected there is shorter than 100."""

RECEIVE_CHUNK: Final = 64 * 1024
"""Bytes taken from the socket at once: a whole NetworkManager object tree in a few reads, yet a burst
is handed out in portions of a few hundred signals, between which their readers get their turn."""

SEND_QUEUE: Final = 64
"""Messages waiting for the writer. Whoever adds one more waits under its own deadline. airhail has a
handful of calls under way at once; dbus-daemon refuses more than 128 unanswered ones anyway
(bus/config-parser.c, max_replies_per_connection)."""

SIGNAL_QUEUE: Final = 1024
"""Signals one subscription holds for its reader, about 1 MiB at worst in practice. A crowded room
brings tens a second; a reader that is 1,000 behind is better served by reading the state again, so the
queue then collapses into one Gap."""

CONNECT: Final = 5.0
"""To connect and authenticate: a local daemon does it in about a millisecond; a machine that is
swapping or booting takes a second or two."""

SEND: Final = 10.0
"""For the bus to take one message off the socket; a daemon that does not read for so long is stuck,
and every caller's deadline has passed or is about to."""

BUS_CALL: Final = 5.0
"""For the bus daemon itself to answer (Hello, AddMatch, GetNameOwner): it computes nothing."""

RECONNECT_FIRST: Final = 0.1
"""Before the first new attempt once the bus was lost: a daemon that restarts is back in about that."""

RECONNECT_LONGEST: Final = 5.0
"""Between later attempts, doubled from the first on. Never given up: without the bus there is nothing
else to do, and an attempt on a missing socket costs microseconds."""

RECONNECT_HEALTHY: Final = 10.0
"""A connection that lived so long starts the backoff afresh; a daemon that drops us at once does not."""

READ_TREE: Final = 10.0
"""For a service to list all its objects: NetworkManager takes milliseconds for hundreds, but it answers
from the loop in which it also waits for the kernel."""

REREAD_FIRST: Final = 0.2
"""Before a failed listing is tried again."""

REREAD_LONGEST: Final = 5.0
"""Between later tries, doubled from the first on, for as long as the service stays on the bus."""

CALLS_SERVED: Final = 32
"""Calls of others that are carried out at once below one root; each costs a task. BlueZ has one or two under way."""

CALL_SERVED: Final = 20.0
"""For a handler to answer: callers that do not say otherwise give up after 25 s (libdbus,
DBUS_DEFAULT_TIMEOUT_VALUE), and an answer that says why is better than their silence."""
