"""The commands as the shell's help lists them: those that start something, and every word.

Loaded only when no word is asked for directly: a command answers without typer and without the other words.
"""

from __future__ import annotations

from typing import Annotated

import typer

from .commands import help_of, names, word

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


def _add(name: str, usage: str, said: str) -> None:
    def run(context: typer.Context) -> None:
        from .start import word as answer

        raise typer.Exit(answer([name, *context.args]))

    run.__doc__ = f"{said}\n\nUsage: resilience {usage}"
    app.command(name, context_settings=_FREE, help=run.__doc__)(run)


for _name in names():
    _add(_name, word(_name).USAGE, help_of(_name))
