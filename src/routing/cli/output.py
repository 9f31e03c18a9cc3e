"""How commands print: JSON for programs, tables for people, everything else on stderr."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from routing.cli.saying import shown

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def print_json(value: Any) -> None:
    """One JSON document on one line of stdout."""
    print(json.dumps(value, default=str, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for people, as wide as the terminal. If stdout is not a terminal, every row is on one line.

    Cells are plain text, whatever their source: neither markup nor a terminal's control characters work.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown("" if each is None else str(each))) for each in row))
    width = None if sys.stdout.isatty() else 200
    Console(highlight=False, markup=False, emoji=False, width=width).print(table)


def echo(text: str = "", *, err: bool = False) -> None:
    """A line for people. It may contain names from outside."""
    typer.echo(shown(text), err=err)


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, only on a terminal; yields a function of (done, of)."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(label), total=None)  # its columns take markup
        yield lambda done, of: bar.update(task, completed=done, total=of)
