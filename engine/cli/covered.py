"""How the coverage of a book's tests looks in a terminal: a line a rule, with what no test reaches and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from engine.cli.console import out
from engine.pricing.compare.coverage import Coverage
from engine.pricing.compare.points import Point

MOST_RULES, MOST_NAMED = 60, 4
"""Rules of a table, and points named of one rule; of more, how many they are."""
SORTS = {"rule": "rules", "row": "rows", "edge": "tier edges", "exception": "exceptions", "approval": "approvals",
    "denial": "denials",
}  # fmt: skip


def percent_of(covered: Coverage) -> float:
    """The lower of the shares of rules and of rows: what `--min-coverage` is about."""
    return min(covered.percent("rule"), covered.percent("row"))


def print_coverage(covered: Coverage) -> None:
    """The totals by sort, and a table of the rules that are not wholly covered."""
    shares = []
    for sort, name in SORTS.items():
        reached, of = covered.of(sort)  # type: ignore[arg-type]
        if of:
            shares.append(f"{name} {reached:,} of {of:,}")
    overall = covered.percent("rule", "row")
    out().print(f"coverage {overall:.1f}%: {', '.join(shares) or 'nothing to cover'}")
    missed = _by_rule(covered.missed)
    if missed:
        out().print(_table(covered, missed))


def _by_rule(points: Sequence[Point]) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for point in points:
        found.setdefault(point.rule, []).append(point)
    return found


def _table(covered: Coverage, missed: dict[str, list[Point]]) -> Table:
    table = Table(title="not covered", title_justify="left", title_style="bold yellow")
    for name in ("rule", "rows", "tier edges", "what no test reaches"):
        table.add_column(name, justify="right" if name in ("rows", "tier edges") else "left")
    every = _by_rule(covered.points)
    for rule, points in list(missed.items())[:MOST_RULES]:
        counts = [_count(every[rule], points, sort) for sort in ("row", "edge")]
        table.add_row(rule, *counts, "\n".join(_named(points)))
    if len(missed) > MOST_RULES:
        table.add_row(f"and {len(missed) - MOST_RULES:,} more", "", "", "(all of them with --json)")
    return table


def _count(every: Sequence[Point], missed: Sequence[Point], sort: str) -> str:
    of = sum(point.sort == sort for point in every)
    return f"{of - sum(point.sort == sort for point in missed):,} of {of:,}" if of else ""


def _named(points: Sequence[Point]) -> list[str]:
    """The first points, each with its place. A rule that has no row reached says so once."""
    told = [point for point in points if point.sort != "rule" or len(points) == 1] or list(points)
    named = [f"{words(point)} [cyan]{point.file}:{point.line}[/]" for point in told[:MOST_NAMED]]
    return named if len(told) <= MOST_NAMED else [*named, f"and {len(told) - MOST_NAMED:,} more"]


def words(point: Point) -> str:
    """`row offer_id 3`, `tier seats from 50: just below`, `beside startup_programme`."""
    if point.sort == "row":
        return point.what or "the rule"
    return point.what or f"the {point.sort}"


def as_json(covered: Coverage) -> dict[str, Any]:
    """The same for programs: shares, and every point that was not reached."""
    return {
        "percent": round(covered.percent("rule", "row"), 2),
        **{
            name.replace(" ", "_"): dict(zip(("reached", "of"), covered.of(sort), strict=True))  # type: ignore[arg-type]
            for sort, name in SORTS.items()
        },
        "missed": [asdict(point) for point in covered.missed],
    }
