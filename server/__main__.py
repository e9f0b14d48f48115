"""The command line: `python -m server`, or `claude-rasp` where it is installed.

Errors are one line on the standard error. Exit code 0: as asked; 2: the command line, a setting or
the machine does not allow it; 130: interrupted.
"""

import sys

if sys.version_info < (3, 11):  # before anything is imported that an older one cannot read  # noqa: UP036
    sys.exit("claude-rasp needs Python 3.11 or newer; this one is " + sys.version.split()[0] + ".")

from server.core.errors import StartError

USAGE = """\
usage: claude-rasp [serve | openapi | --version | --help]

  serve      serve the app and the API (the default)
  openapi    print the description of the API (OpenAPI 3.1, JSON)

Settings: config/local.yaml, .env and the environment; config/default.yaml lists and explains all.
"""


def main() -> int:
    """Do what the command line says and return the exit code."""
    try:
        return _run(sys.argv[1:])
    except StartError as error:
        print(f"claude-rasp: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str]) -> int:
    command = COMMANDS.get(" ".join(arguments))
    if command is None:
        raise StartError(f"unknown arguments: {' '.join(arguments)}. See claude-rasp --help.")
    command()
    return 0


def _serve() -> None:
    # Imported only when wanted: the other commands answer at once.
    from server.serve import serve  # noqa: PLC0415
    from server.settings import load_settings  # noqa: PLC0415

    serve(load_settings())


def _print_openapi() -> None:
    import json  # noqa: PLC0415

    from server.app import create_app  # noqa: PLC0415
    from server.edge.openapi import describe  # noqa: PLC0415
    from server.settings import load_settings  # noqa: PLC0415

    print(json.dumps(describe(create_app(load_settings())), indent=2, ensure_ascii=False))


def _print_version() -> None:
    from server import __version__  # noqa: PLC0415

    print(f"claude-rasp {__version__}")


def _print_usage() -> None:
    print(USAGE, end="")


COMMANDS = {
    "": _serve,
    "serve": _serve,
    "openapi": _print_openapi,
    "--version": _print_version,
    "--help": _print_usage,
    "-h": _print_usage,
}


if __name__ == "__main__":
    sys.exit(main())
