"""Group of all commands; the one place where errors become a line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

import huefold
from huefold.errors import Cancelled, HuefoldError

__all__ = ["app", "main"]

INTERRUPTED = 130


# A command is imported only when it runs, because the list of commands must appear at once.
COMMANDS = {
    "vectorize": "Turn a photo into an SVG of a fixed number of filled paths.",
    "refine": "Fit the paths of an SVG to a photo.",
    "render": "Draw an SVG as a PNG.",
    "compare": "Print how close a drawing comes to its photo, and its counts.",
    "studio": "Open a page in the browser to paint, draw and edit.",
    "doctor": "Show what is installed and whether it works.",
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"huefold.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments begin with; a file instead of one is most likely to be drawn."""
        name = args[0]
        if name not in COMMANDS and Path(name).is_file():
            drawing = Path(name).with_suffix(".svg").name
            raise click.UsageError(
                f"{name} is a file, not a command: huefold vectorize {name} -o {drawing}", ctx
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(huefold.__version__, prog_name="huefold", message="%(prog)s %(version)s")
def app() -> None:
    """Turn a photo into a compact SVG: a fixed budget of filled paths, spent where it matters."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the program's name; from the process by default.

    Raises
    ------
    SystemExit
        Always: 0 when done, 1 when the work failed, 2 for wrong usage, 130 after Ctrl-C.

    Examples
    --------
    >>> main(["--version"])
    Traceback (most recent call last):
        ...
    SystemExit: 0
    """
    try:
        code = app.main(args=arguments, prog_name="huefold", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = error.exit_code
    except click.ClickException as error:
        code = _failed(_usage_line(error), error.exit_code)
    except Cancelled as stop:
        click.echo(f"huefold: {stop}; nothing was written", err=True)
        _leave_at_once()
    except HuefoldError as error:
        code = _failed(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("huefold: stopped; nothing was written", err=True)
        _leave_at_once()
    except MemoryError:
        code = _failed("not enough memory for a picture of this size", 1)
    except BrokenPipeError:
        # Nobody reads any more: the interpreter must not fail when it flushes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def _usage_line(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    hint = f"; see '{context.command_path} --help'" if context is not None else ""
    return message[:1].lower() + message[1:] + hint


def _failed(message: str, code: int) -> int:
    click.echo("huefold: error: " + " ".join(message.split()), err=True)
    return code


def _leave_at_once() -> None:
    """End the process without waiting for threads that are still at work."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(INTERRUPTED)
