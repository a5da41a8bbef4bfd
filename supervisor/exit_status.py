"""How `airhail` ends: one number for each thing a script may want to tell apart."""

import enum


class ExitStatus(enum.IntEnum):
    """The exit statuses of every `airhail` command; 64 and above as in sysexits.h."""

    DONE = 0
    """What was asked for is done; a supervisor was asked to stop and did."""
    FAILED = 1
    """It was tried and failed: the link failed, the time given ran out, or the doctor found something broken."""
    USAGE = 2
    """The command line makes no sense (argparse's own status)."""
    NOT_RUNNING = 3
    """airhail is not running, or the actor asked for is not."""
    NO_SUCH_PEER = 4
    """The peer is unknown, or the name fits several."""
    NOT_PERMITTED = 5
    """This user may not do that."""
    ALREADY_RUNNING = 6
    """Another supervisor runs in the same runtime directory."""
    ESCALATED = 69
    """EX_UNAVAILABLE: an actor ended again and again and everything was stopped. Whoever started the
    supervisor may start it again."""
    BUG = 70
    """EX_SOFTWARE: airhail itself made a mistake; the log has the traceback."""
    OS_ERROR = 71
    """EX_OSERR: the system refused something that the supervisor cannot do without."""
    BAD_CONFIG = 78
    """EX_CONFIG: the configuration must be changed; starting again is useless."""
    NOT_EXECUTABLE = 126
    """`exec`: the command is there and cannot be run, as a shell reports it."""
    NOT_FOUND = 127
    """`exec`: there is no such command, as a shell reports it."""
    INTERRUPTED = 130
    """Ended by Ctrl-C: 128 + SIGINT, as a shell reports it."""
    OUTPUT_CLOSED = 141
    """Whoever read the output stopped: 128 + SIGPIPE, as a shell reports it."""
