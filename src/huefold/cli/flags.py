"""Flags made from the schema of options, and checks of the files that a command is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from huefold.errors import OptionError
from huefold.files import check_writable
from huefold.options import Options, option_metadata

__all__ = [
    "FlagInfo",
    "GroupedCommand",
    "check_kinds",
    "check_outputs",
    "flag_infos",
    "flags_from_schema",
    "given_options",
    "output_flag",
]

Command = TypeVar("Command", bound=Callable[..., Any])

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".pdf"})
DRAWINGS = frozenset({".svg", ".svgz"})


@dataclass(frozen=True, slots=True)
class FlagInfo:
    """What the command line says of the field `name` of `Options`.

    Parameters
    ----------
    name, flag : str
        The field, and its spelling on the command line.
    group, metavar, help : str
        Heading in the help, placeholder for the value, and what it does, with the default.
    kind : {"value", "list", "switch"}, optional
        Whether it takes a value, may be given several times, or stands alone.
    """

    name: str
    flag: str
    group: str
    metavar: str
    help: str
    kind: Literal["value", "list", "switch"] = "value"


def flag_infos() -> tuple[FlagInfo, ...]:
    """Return one `FlagInfo` for each field of `Options`, in order.

    Examples
    --------
    >>> sorted({info.group for info in flag_infos()})
    ['Budget', 'Guidance', 'Method', 'Run']
    """
    return tuple(_flag_info(name) for name in Options.model_fields)


def _flag_info(name: str) -> FlagInfo:
    field = Options.model_fields[name]
    about = option_metadata(name)
    text = field.description or ""
    kind: Literal["value", "list", "switch"]
    kind = "switch" if field.default is False else "list" if field.default == () else "value"
    if kind == "value" and field.default is not None and "default" not in text:
        shown = "white" if name == "background" else field.default
        text = f"{text} [default: {shown}]"
    return FlagInfo(name, f"--{name.replace('_', '-')}", about["group"], about["metavar"], text, kind)


class _SchemaOption(click.Option):
    """A flag whose value stays text until the schema validates it, so that all doors report the same errors."""

    def __init__(self, declarations: Sequence[str], *, info: FlagInfo) -> None:
        if info.kind == "switch":
            super().__init__(declarations, is_flag=True, help=info.help)
        else:
            super().__init__(
                declarations, metavar=info.metavar, help=info.help, type=str, multiple=info.kind == "list"
            )
        self.group = info.group


class GroupedCommand(click.Command):
    """A command whose help shows its flags under the headings of the schema."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one section of flags for each heading."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                sections.setdefault(getattr(parameter, "group", "Files and display"), []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)


def flags_from_schema(*names: str) -> Callable[[Command], Command]:
    """Return a decorator that adds a flag to a command for each option of the schema, or for those named."""
    infos = [info for info in flag_infos() if not names or info.name in names]

    def decorate(function: Command) -> Command:
        for info in reversed(infos):
            function = click.option(info.flag, info.name, cls=_SchemaOption, info=info)(function)
        return function

    return decorate


def given_options(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flags that were given; the others have the defaults of the schema.

    Examples
    --------
    >>> given_options({"paths": "64", "regions": None, "prompt": (), "download": False})
    {'paths': '64'}
    """
    return {name: value for name, value in flags.items() if value is not None and value not in ((), False)}


def output_flag(metavar: str, text: str) -> Callable[[Command], Command]:
    """Return the required flag ``-o`` that names the file to write."""
    return click.option("-o", "--output", metavar=metavar, required=True, help=text)


def check_kinds(drawing: str, *reports: str | None) -> None:
    """Raise `OptionError` if an SVG or a JSON report to write has the name of a picture, which would be lost."""
    if Path(drawing).suffix.lower() in PICTURES:
        raise OptionError(f"{drawing}: the drawing is an SVG; give a name that ends in .svg")
    for report in reports:
        if report is not None and Path(report).suffix.lower() in PICTURES | DRAWINGS:
            raise OptionError(f"{report}: what is written there is JSON; give a name that ends in .json")


def check_outputs(inputs: tuple[str, ...], outputs: tuple[str | None, ...]) -> None:
    """Raise if an output cannot be written or would overwrite an input, before any work is done.

    Parameters
    ----------
    inputs, outputs : tuple of str
        Paths; ``"-"`` is a standard stream, None an output that is not wanted.

    Raises
    ------
    OptionError
        If a folder is missing, an output is a folder or given twice, or an input would be lost.
    """
    if "" in outputs:
        raise OptionError("the name of an output is empty; give one")
    wanted = [Path(output) for output in outputs if output is not None and output != "-"]
    for output in wanted:
        check_writable(output)
        for given in map(Path, inputs):
            if output.is_file() and given.is_file() and output.samefile(given):
                raise OptionError(f"{output} is also the input and would be overwritten; choose another name")
    places = [output.resolve() for output in wanted]
    if len(set(places)) < len(places):
        raise OptionError("two outputs have the same name; give each its own")
    if outputs.count("-") > 1:
        raise OptionError("only one output can go to standard output (-)")
