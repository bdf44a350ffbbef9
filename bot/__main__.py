"""The front door: ``resilience …`` and ``python -m bot …``."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from schemas.errors import ConfigError, ResilienceError, UsageError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The on-call engineer for a data pipeline, living in Slack.",
)
_FREE = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command()
def serve() -> None:
    """Runs the bot: the door for Slack, the schedule, the heals."""
    from .start import serve as begin

    begin(demo=False)


@app.command()
def demo(reset: Annotated[bool, typer.Option("--reset", help="Start anew with fresh data.")] = False) -> None:
    """Generates the reference pipeline with planted faults and runs the bot beside a local workspace."""
    from .start import serve as begin

    begin(demo=True, reset=reset)


@app.command()
def validate(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Finds every fault of resilience.yaml: file, line, key, nearest right answer."""
    from .start import validate as judge

    raise typer.Exit(judge(as_json))


def _word(name: str, usage: str, said: str) -> None:
    def run(context: typer.Context) -> None:
        from .start import word

        raise typer.Exit(word([name, *context.args]))

    run.__doc__ = f"{said}\n\nUsage: resilience {usage}"
    app.command(name, context_settings=_FREE, help=run.__doc__)(run)


def main() -> None:
    """Exit codes: 0 all was looked at, 1 something ended in ERROR, 2 usage or configuration."""
    from .commands import help_of, names, word

    for name in names():
        _word(name, word(name).USAGE, help_of(name))
    as_json = "--json" in sys.argv
    try:
        app()
    except (UsageError, ConfigError) as error:
        sys.exit(_fail(error, 2, as_json))
    except ResilienceError as error:
        sys.exit(_fail(error, 1, as_json))
    except BrokenPipeError:
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sys.exit(_fail(error, 1, as_json))


def _fail(error: Exception, code: int, as_json: bool) -> int:
    """One sentence on stderr, or one document; never a traceback."""
    ours = f"this is a fault of ours: {type(error).__name__}: {error}"
    words = str(error) if isinstance(error, ResilienceError) else ours
    if as_json:
        print(json.dumps({"schema_version": 1, "error": words}))
    print(f"resilience: {words}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
