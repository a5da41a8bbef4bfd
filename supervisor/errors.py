"""What a user is told when a command cannot do what was asked."""

from airhail.supervisor.exit_status import ExitStatus


class CommandError(Exception):
    """A command ends here: with this exit status, and a sentence that says what, the value, and what to do."""

    def __init__(self, status: ExitStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
