"""Run one target under atheris: `python -m tests.fuzz.engine TARGET LIBFUZZER-OPTION...`, in the fuzzing environment.

Its own process, because libFuzzer ends the process when it is done.
"""

import logging
import sys

import atheris  # type: ignore[import-untyped]  # its stubs are a package of their own

from tests.fuzz.targets import load


def main() -> None:
    """Instrument airhail and hand the target to libFuzzer."""
    logging.disable()  # what the targets log of each input would drown what libFuzzer says
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["airhail", "jeepney", "tomllib"]):
        target = load(name)
    atheris.Setup(sys.argv, target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
