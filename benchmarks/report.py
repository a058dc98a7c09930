"""How a benchmark tells its figures: a table for people, one JSON object for programs."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NoReturn

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One measured figure and the bound that it should keep."""

    what: str
    value: float
    unit: str
    bound: float
    """The most that is acceptable, in the same unit."""

    @property
    def kept(self) -> bool:
        """Whether the figure is within its bound."""
        return self.value <= self.bound


@dataclass(frozen=True)
class Arguments:
    """What every benchmark takes."""

    as_json: bool
    smoke: bool


def read_arguments(description: str | None) -> Arguments:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--smoke", action="store_true", help="one short round: does it run at all?")
    parsed = parser.parse_args()
    return Arguments(as_json=parsed.json, smoke=parsed.smoke)


def finish(title: str, figures: Sequence[Figure], arguments: Arguments) -> NoReturn:
    """Print the figures and leave: exit code 1 if a bound was missed (a smoke round measures too little to judge)."""
    if arguments.as_json:
        rows = [{**asdict(figure), "kept": figure.kept} for figure in figures]
        print(json.dumps({"benchmark": title, "python": platform.python_version(), "figures": rows}))
    else:
        Console().print(_table(title, figures))
    sys.exit(0 if arguments.smoke or all(figure.kept for figure in figures) else 1)


def _table(title: str, figures: Sequence[Figure]) -> Table:
    table = Table("what", "measured", "at most", "", title=title, title_justify="left")
    for figure in figures:
        measured, bound = (f"{number:,.4g} {figure.unit}" for number in (figure.value, figure.bound))
        table.add_row(figure.what, measured, bound, "✓" if figure.kept else "✗")
    return table
