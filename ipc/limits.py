"""Every limit of the protocol between processes, each with its reason."""

from typing import Final

# --- one frame ---------------------------------------------------------------------------------------
HEADER: Final = 4
"""Bytes of the big-endian length before each body: room for a length that is refused, never wrapped."""

MAX_FRAME: Final = 64 * 1024
"""Bytes of one body. Messages are below 2 KiB; a state document with a crowded room of 200 peers is
about 50 KiB. What a stranger can make us hold before we know who is speaking is this much."""

MAX_ITEMS: Final = 1024
"""Entries of one array or map. msgpack needs one byte for an empty map and Python 64, so the count is
bounded apart from the frame; the longest list that is really sent is the peers' (a few hundred)."""

MAX_DEPTH: Final = 16
"""Nesting of one message. msgpack itself accepts 511 levels, on which recursive readers fail; the
deepest document that is really sent (connection's links) nests 6."""

MAX_DOCUMENT_DEPTH: Final = MAX_DEPTH - 3
"""Nesting of a state document: in the reply to `inspect` three maps stand around it."""

MAX_METHOD: Final = 64
"""Characters of a method's name: it is repeated in failures and logs."""

MAX_SENTENCE: Final = 500
"""Characters of a failure's sentence: it is read by a person, on one screen."""

# --- one connection ----------------------------------------------------------------------------------
RECEIVE_CHUNK: Final = 16 * 1024
"""Bytes taken from the socket at once: a burst of ordinary messages fits, and 100 idle connections
hold next to nothing."""

SEND_QUEUE: Final = 8
"""Frames waiting for the one writer. Whoever adds one more waits, so nothing is lost and nothing grows: what somebody
who never reads can make us hold is eight frames, and as many connections as there may be must not fill a memory."""

SEND_BATCH: Final = MAX_FRAME
"""Bytes after which the writer stops joining frames: one send then holds at most this and one frame."""

SEND_DEADLINE: Final = 5.0
"""Seconds for one send. A Unix socket takes some 100 KB without its reader, so a send that waits this
long has a reader that has stopped; a reader that is only swapped out comes back sooner."""

FRAME_DEADLINE: Final = 5.0
"""Seconds from a frame's first byte to its last. Both ends run on one machine and a frame is at most one
send: longer means that the sender died or plays for time."""

HELLO_DEADLINE: Final = 5.0
"""Seconds a client waits for the server's first word unless told otherwise. An actor that has just been
killed is back in about 0.2 s; a small board needs ten times that."""

CALLS_IN_FLIGHT: Final = 16
"""Calls of one connection that run at once: each costs a task. A person's command has one or two."""

SUBSCRIPTIONS: Final = 4
"""Subscriptions of one connection: there is one state document, so one is enough."""

SUBSCRIBER_QUEUE: Final = 16
"""Deltas held for a subscriber. One that is further behind is better served by the whole state, which
is what it then gets."""

MAX_CALL_DEADLINE: Final = 600.0
"""Seconds a call may ask for. Forming a link takes at most 90 s; whoever wants to wait longer watches
the state instead."""

ANSWER_GRACE: Final = 1.0
"""Seconds a client waits beyond the call's own deadline, so that the server's better sentence about what
took so long wins over the client's guess."""

# --- one server --------------------------------------------------------------------------------------
CONNECTIONS: Final = 512
"""Connections of one server: half of the default limit of open files (1,024), and the actor needs some itself."""

CONNECTIONS_PER_USER: Final = 32
"""Connections of one user id other than the server's own and root, so that a reader in the socket's
group cannot keep the owner out."""

# --- coming back -------------------------------------------------------------------------------------
RECONNECT_FIRST: Final = 0.1
"""Seconds before the first new try: half an actor's restart."""

RECONNECT_LAST: Final = 5.0
"""Seconds between tries in the long run: soon enough for a person, idle enough for a battery."""

BUSY_RETRY: Final = 0.05
"""Seconds before another try at a socket whose backlog, or queue of datagrams, is full (EAGAIN, unix(7))."""

# --- readiness, logs, configuration ------------------------------------------------------------------
MAX_NOTIFICATION: Final = 4096
"""Bytes of one readiness datagram: systemd's own NOTIFY_BUFFER_MAX (src/shared/notify-recv.h) is this."""

MAX_STATUS: Final = 256
"""Characters of a STATUS= text: it is one cell of a table."""

LOG_QUEUE: Final = 1000
"""Log lines waiting for a slow standard error. Beyond it lines are counted and left out: an actor that
waits for its log's reader would fail its watchdog for a reason that is not its own."""

LOG_LINE: Final = 8 * 1024
"""Characters of one log record, traceback and all: journald splits at 48 KiB (LineMax=), and names that
come from the air must not fill a disk."""

LOG_FLUSH: Final = 1.0
"""Seconds at exit for the lines that still wait: a stuck reader must not keep the process alive."""

MAX_CONFIG: Final = 16 * 1024
"""Bytes of the configuration file. The whole of it, commented, is below 4 KiB; and the line of a mistake is found in
seconds, whatever the file holds."""

# --- actors ------------------------------------------------------------------------------------------
EVENT_QUEUE: Final = 256
"""Events waiting for a machine. A burst of peers found at once is some hundreds; who sends more waits."""

EFFECTS_IN_FLIGHT: Final = 64
"""Effects of one machine that run at once. Ten links with several calls each stay below it; more means a
machine that starts what it never sees end."""

STOP_DEADLINE: Final = 5.0
"""Seconds an actor takes at most to stop once asked. Its longest cleanup is one D-Bus call (2 s); OTP
gives a worker the same 5 s (supervisor.erl, default shutdown)."""

# --- inspection --------------------------------------------------------------------------------------
LOG_RING: Final = 64 * 1024
"""Bytes of recent log lines that a process keeps: some 600 ordinary ones, or eight whole tracebacks."""

TRACE_RING: Final = 64 * 1024
"""Bytes of recent messages that a process keeps: at least 60 long ones, some 500 ordinary ones."""

TRACE_BODY: Final = 1024
"""Bytes kept of one message. All but state documents are shorter; of those the first entries stay."""

TRACE_NAME: Final = 32
"""Bytes kept of the name of who is at the other end of a traced connection."""

STATE_RING: Final = 2 * MAX_FRAME + 4096
"""Bytes for the newest state document in the black box. Room for two of the largest: while one is written
the one before it stays whole."""

TASKS_RING: Final = 64 * 1024
"""Bytes for the task tree in the black box: a page of it as `tasks` answers."""

STEPS_RING: Final = 128 * 1024
"""Bytes for the core's last steps in the black box: a large state and some steps, or a usual one and 256 of them."""

STACK_ROOM: Final = 32 * 1024
"""Bytes for what faulthandler writes: its 100 frames at most (Python/traceback.c, MAX_FRAME_DEPTH) of the
loop's thread are below 10 KiB, and helper threads wait in a few frames each."""

PAGE: Final = 40 * 1024
"""Bytes of the texts of one answer to `log`, `trace` or `tasks`: with what stands around them it fits a frame."""

PAGE_ITEMS: Final = MAX_ITEMS // 2
"""Items of such an answer, at most as many as one list may have."""

TASK_FRAMES: Final = 8
"""Places shown of one task: from where it waits outwards. Our deepest task waits seven calls deep."""

MAX_FEED_WAIT: Final = 60.0
"""Seconds that `log`, `trace` and `steps` wait for news at most: then the answer is empty and is asked for again."""

RECENT_STEPS: Final = EVENT_QUEUE
"""Steps of its core that a process remembers. A burst that filled the queue of events is still whole for a follower
that waits for its end; with five peers they are some 500 KB at most, with 128 that change all the time some 8 MB."""
