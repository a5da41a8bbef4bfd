"""`airhail answer`: say whether this host's Wi-Fi may be taken away for a moment, when airhail asks."""

from argparse import ArgumentParser, Namespace

from airhail.supervisor.commands.documents import ConnectionState, understand
from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.output import document, lines
from airhail.supervisor.commands.reach import ANSWER_WITHIN, CONNECTION, look, reach
from airhail.supervisor.exit_status import ExitStatus

HELP = "answer the question that `airhail status` shows"

ANSWERS = {"yes": True, "no": False}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("answer", choices=ANSWERS, help="whether airhail may do what it asks for")


def run(arguments: Namespace) -> ExitStatus:
    """Answer the question."""
    return run_async(answer, arguments.answer, arguments.json)


async def answer(word: str, as_json: bool) -> ExitStatus:
    """Give the answer to whoever asked."""
    asked = understand(await look(CONNECTION), ConnectionState).question
    async with reach(CONNECTION) as client:
        await client.call("answer", {"allow": ANSWERS[word]}, within=ANSWER_WITHIN)
    rung = asked.rung if asked else ""
    if as_json:
        document({"answer": word, "rung": rung})
    else:
        then = "airhail does it as soon as the radio is free" if ANSWERS[word] else "airhail goes on without"
        lines([f"{rung or 'the question'}: {word}; {then}"])
    return ExitStatus.DONE
