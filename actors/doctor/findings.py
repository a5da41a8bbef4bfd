"""What a check finds: a grade, a sentence, and what to do."""

import enum
from dataclasses import dataclass


class Grade(enum.StrEnum):
    """How a finding stands for whoever wants a link."""

    FINE = "fine"
    LIMIT = "limit"
    """Links work, but not everything does: the sentence tells what."""
    BROKEN = "broken"
    """No link comes about until somebody follows the advice."""
    UNKNOWN = "unknown"
    """It could not be looked at; the sentence tells why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found; `about` is an identifier for programs where a check finds several things."""

    grade: Grade
    sentence: str
    advice: str = ""
    about: str = ""


def fine(sentence: str, about: str = "") -> Finding:
    """Return the finding that something is well."""
    return Finding(Grade.FINE, sentence, about=about)


def limit(sentence: str, advice: str = "", about: str = "") -> Finding:
    """Return the finding that something holds links back."""
    return Finding(Grade.LIMIT, sentence, advice, about)


def broken(sentence: str, advice: str, about: str = "") -> Finding:
    """Return the finding that something must be mended."""
    return Finding(Grade.BROKEN, sentence, advice, about)


def unknown(sentence: str, advice: str = "", about: str = "") -> Finding:
    """Return the finding that something could not be looked at."""
    return Finding(Grade.UNKNOWN, sentence, advice, about)
