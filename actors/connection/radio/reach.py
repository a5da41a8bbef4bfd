"""Whether the peer answers on the link, asked of the kernel's neighbour table, which needs no privilege.

An address on our own end proves nothing: the other end may have none. An entry that the kernel completed on the
link's interface is proof that the peer has that address and answers.
"""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import trio

ARP_TABLE = Path("/proc/net/arp")
# ATF_COM, linux/if_arp.h: the entry's hardware address is known.
COMPLETE = 0x2
# RFC 863. Nobody need listen there: the datagram only makes the kernel ask for the peer's hardware address.
DISCARD_PORT = 9
# Often enough that nobody waits for it, seldom enough to cost nothing.
ASK_EVERY_S = 0.25
# Longer than a link waits for its address; a peer that has not answered by then may never do so.
HURRIED_ROUNDS = 160
ASK_SELDOM_S = 5.0
# A second, in which an expected address answers before another one is taken. After a restart the first of them pass
# before it is known what to expect; a peer that is no airhail is known to be there that much later.
PATIENT_ROUNDS = 4


async def seek(interface: str, candidates: Callable[[], list[str] | None]) -> str | None:
    """Return the peer's IPv4 address once it answers on *interface*.

    Every `ASK_EVERY_S`, in the end every `ASK_SELDOM_S`, the kernel is made to ask at *candidates*, the likeliest
    first; None from it ends the search.
    """
    with trio.socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        # Only over the link: what is sent before its address stands must not wander off on another route.
        with suppress(OSError):
            asker.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        rounds = 0
        while (expected := candidates()) is not None:
            if address := best(expected, answering(interface), rounds):
                return address
            for address in expected:
                # The address or its route may not be there yet; a refusal (ICMP) is as good an answer as any.
                with suppress(OSError):
                    await asker.sendto(b"", (address, DISCARD_PORT))
            rounds += 1
            await trio.sleep(ASK_EVERY_S if rounds < HURRIED_ROUNDS else ASK_SELDOM_S)
    return None


def best(expected: Sequence[str], answering: Sequence[str], rounds: int) -> str | None:
    """Choose among the addresses at which the peer answers, after so many rounds of asking; None to go on.

    On a link that has been up for a while the table knows addresses that were used before: those that are expected
    come first, or the peer would be told of under another address after each restart.
    """
    if likely := next((address for address in expected if address in answering), None):
        return likely
    return answering[0] if rounds >= PATIENT_ROUNDS and answering else None


def answering(interface: str) -> list[str]:
    """Look up the addresses that answer on *interface* now."""
    return complete_entries(ARP_TABLE.read_text(), interface)


def complete_entries(table: str, interface: str) -> list[str]:
    """Read the addresses that answered on *interface* from the text of /proc/net/arp (proc_net(5))."""
    rows = (line.split() for line in table.splitlines()[1:])
    return [row[0] for row in rows if len(row) == 6 and row[5] == interface and int(row[2], 16) & COMPLETE]
