"""One parser under atheris: `python -m tests.fuzz.atheris_run NAME [libFuzzer's options] [corpus]`.

It ends with 0 when so many runs found nothing; what broke a parser is written into a file that libFuzzer names.
"""

import sys

import atheris

with atheris.instrument_imports(include=["gonets.protocols", "gonets.wire"]):
    from tests.fuzz.parsers import PARSERS, feed


def main() -> None:
    """Fuzz the parser that is named until the runs are done."""
    name = sys.argv.pop(1)
    parser = PARSERS[name]()
    atheris.Setup(sys.argv, lambda data: feed(parser, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
