"""What a scenario says when something does not hold."""


class Failed(Exception):
    """Something a scenario relies on did not hold; the text is the run's reason, so it names host and value."""


def expect(holds: object, reason: str) -> None:
    """Raise `Failed(reason)` unless `holds` is true."""
    if not holds:
        raise Failed(reason)
