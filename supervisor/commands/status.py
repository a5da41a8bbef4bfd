"""`airhail status`: the tree, this host, its links, and what is wrong with advice."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from typing import Any

import trio

from airhail.supervisor.commands import link_words
from airhail.supervisor.commands.arguments import duration
from airhail.supervisor.commands.documents import (
    ConnectionState,
    DiscoveryState,
    JudgedLink,
    LinkState,
    LivenessState,
    Problem,
    SupervisorState,
    understand,
)
from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.judged import judged_links
from airhail.supervisor.commands.output import document, lines
from airhail.supervisor.commands.reach import CONNECTION, DISCOVERY, LIVENESS, SUPERVISOR, look
from airhail.supervisor.commands.ready import until_ready
from airhail.supervisor.commands.text import age, table
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

HELP = "show the actors, this host, its links and its problems"

EACH_WITHIN = 2.0
"""Seconds for each actor's document: one that is stuck must not hide the others for long."""


READY_WITHIN = 60.0
"""Seconds for `--wait` alone. Actors that all need their whole deadlines to start are ready earlier."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--wait",
        nargs="?",
        type=duration,
        const=READY_WITHIN,
        metavar="SECONDS",
        help=f"first wait until every actor serves ({READY_WITHIN:g} when none is given)",
    )


def run(arguments: Namespace) -> ExitStatus:
    """Show the status."""
    return run_async(show, arguments.json, arguments.wait)


async def show(as_json: bool, wait: float | None) -> ExitStatus:
    """Ask everyone, and show what they say; the supervisor's silence alone is a failure."""
    if wait is not None:
        await until_ready(wait)
    found: dict[str, Any] = {SUPERVISOR: await look(SUPERVISOR, EACH_WITHIN)}
    unreachable: dict[str, str] = {}

    async def ask(name: str) -> None:
        try:
            found[name] = await look(name, EACH_WITHIN)
        except CommandError as error:
            unreachable[name] = error.sentence

    async with trio.open_nursery() as nursery:
        for name in (DISCOVERY, CONNECTION):
            nursery.start_soon(ask, name)
        # Where it does not run, links are as they are, and nothing is unknown that was ever known.
        if LIVENESS in understand(found[SUPERVISOR], SupervisorState).actors:
            nursery.start_soon(ask, LIVENESS)
    if as_json:
        document({**found, **({"unreachable": unreachable} if unreachable else {})})
        return ExitStatus.DONE
    now = trio.current_time()
    lines(
        [
            *tree_lines(understand(found[SUPERVISOR], SupervisorState), now),
            *host_lines(understand(found.get(DISCOVERY, {}), DiscoveryState)),
            *link_lines(
                understand(found.get(CONNECTION, {}), ConnectionState),
                judged_links(found.get(CONNECTION, {}), found.get(LIVENESS, {})),
                now,
            ),
            *trouble_lines(understand(found.get(LIVENESS, {}), LivenessState).problem),
            *(f"unknown: {sentence}" for _, sentence in sorted(unreachable.items())),
        ]
    )
    return ExitStatus.DONE


def tree_lines(state: SupervisorState, now: float) -> Iterator[str]:
    """Describe the supervisor and its actors."""
    yield f"airhail {state.version}, {state.state} for {age(now - state.since)} (pid {state.pid})"
    rows = []
    for name, one in state.actors.items():
        next_start = "" if one.next_start is None else f"again in {age(one.next_start - now)}"
        said = ", ".join(part for part in (one.status or "", next_start) if part)
        pid = "" if one.pid is None else str(one.pid)
        rows.append((name, one.state, pid, age(now - one.since), str(one.restarts or ""), one.last_exit or "", said))
    yield from table(("ACTOR", "STATE", "PID", "SINCE", "RESTARTS", "LAST EXIT", "STATUS"), rows)


def host_lines(state: DiscoveryState) -> Iterator[str]:
    """Describe this host as discovery sees it."""
    if state.radio is not None:
        parts = [state.radio.address or "address unknown", state.radio.interface, state.radio.parent]
        services = ", ".join(f"{name} {version}" for name, version in sorted(state.services.items()))
        yield ""
        yield "host: " + ", ".join(
            part for part in (*parts, f"tier {state.tier}" if state.tier else "", services) if part
        )
    yield from trouble_lines(state.problem)


def link_lines(state: ConnectionState, judged: Mapping[str, JudgedLink], now: float) -> Iterator[str]:
    """Describe the links, their failures, and the callers."""
    yield from trouble_lines(state.problem)
    for seen in state.symptoms:
        yield f"symptom: {seen.symptom}: {seen.sentence}"
    # A link that is down and not wanted is only remembered for its name.
    links = [link for link in state.links.values() if link.wanted or link.phase != "down"]
    if links:
        yield ""
        header = ("LINK", "PEER", "STATE", "SINCE", "THERE", "HERE", "INTERFACE", "ROLE")
        yield from table(header, [link_row(link, judged.get(link.peer), now) for link in links])
    for link in links:
        if link.phase == "failed":
            failed = Problem(link.reason, link.sentence, link.advice)
            yield from problem_lines(link_words.called(link), failed)
            if link.rungs:
                yield f"  symptoms: {', '.join(link.symptoms) or 'none'}; tried: {', '.join(link.rungs)}"
    if state.rung is not None:
        whom = f" for {state.rung.peer}" if state.rung.peer else ""
        yield f"being done{whom}: {state.rung.rung}, for {age(now - state.rung.since)}"
    if state.question is not None:
        yield f"question: {state.question.rung}: {state.question.sentence}"
        yield "  `airhail answer yes` or `airhail answer no`"
    for call in state.incoming:
        yield f"{call} calls: `airhail accept {call.peer}` or `airhail refuse {call.peer}`"
    for caller, called in state.callers.items():
        yield f"{caller} called {age(now - called.since)} ago: `airhail connect {caller}` answers"


def link_row(link: LinkState, judged: JudgedLink | None, now: float) -> tuple[str, ...]:
    """Return a link's row of the table."""
    again = link_words.again(link, now)
    verdict = (judged.verdict, judged.finding) if judged and link.phase == "up" else ()
    stands = ", ".join(word for word in (link_words.doing(link), again, *verdict) if word)
    since = age(now - link.since)
    here = " ".join(link.addresses)
    return (link.name or link.peer, link.peer, stands, since, link.peer_address, here, link.interface, link.role)


def trouble_lines(problem: Problem | None) -> Iterator[str]:
    """Describe what keeps an actor from its work, if anything does."""
    if problem is not None:
        yield ""
        yield from problem_lines("problem", problem)


def problem_lines(where: str, problem: Problem) -> Iterator[str]:
    """Describe a problem, and what to do about it on a line of its own."""
    yield f"{where}: {problem.reason}: {problem.sentence}"
    if problem.advice:
        yield f"  {problem.advice}"
