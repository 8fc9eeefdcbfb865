"""`quo simulate`: what a change of a book would have moved over past lines, in all, by rule, by segment and line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
from rich.table import Table

from engine.cli.bundle import open_book
from engine.cli.columns import Lines
from engine.cli.console import err, fail, out, plural
from engine.cli.files import open_sink
from engine.cli.past import asked_of, check_segments, error_texts, open_past, segments_of
from engine.cli.picture import Bar, Group, bar_chart
from engine.cli.price import pairs
from engine.cli.show import change, money, quantity
from engine.pricing.compare.simulate import Moved, Outcome, Simulation, Simulator
from engine.values.currency import decimals_of, minor_unit_micros
from engine.values.rounding import round_to

MOST_ROWS = 15
"""Rules, and segments of one kind, that a table or picture shows: those that move most."""
AMOUNTS = ("old_unit_net", "new_unit_net", "old_net", "new_net", "change")
ADDED = (*AMOUNTS, "rules", "error")
"""What OUT has beside the input's columns."""


def simulate_command(
    old: Path, new: Path, quotes: Path, columns: str, constants: Sequence[str], by: Sequence[str], top: int,
    to: Path | None, svg: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Price past lines under two books, and say what moves."""
    before, after = (open_book([book])[1] for book in (old, new))
    if before.head.currency != after.head.currency:
        fail(f"the books are in {before.head.currency} and {after.head.currency}: amounts cannot be compared")
    began = perf_counter()
    try:
        simulator = Simulator(before, after, top)
        torn = _run(simulator, quotes, pairs(columns.split(",") if columns else []), pairs(constants), by, to)
        if svg is not None:
            svg.write_text(_picture(simulator), encoding="utf-8")
    except (ValueError, OSError) as error:
        fail(str(error))
    found = simulator.found
    if as_json:
        print(json.dumps(_as_json(simulator, torn), indent=1))
    else:
        _print(simulator)
    left_out = f", {plural(torn, 'torn row')} left out" if torn else ""
    err().print(f"{plural(found.rows, 'line')} under two books in {perf_counter() - began:.2f} s{left_out}")


def _run(
    simulator: Simulator, quotes: Path, renames: dict[str, str], constants: dict[str, str], by: Sequence[str], to: Path | None
) -> int:  # fmt: skip
    """Every chunk through both plans, and into OUT; returns how many rows did not fit the head."""
    plans = (simulator.old, simulator.new)
    with open_past(plans, quotes, renames, constants, "simulating") as past:
        check_segments(past, by)
        with open_sink(to, decimals_of(plans[0].head.currency), AMOUNTS) if to else nullcontext() as sink:
            for table, (old, new) in past.chunks():
                asked = asked_of(old), asked_of(new)
                outcome = simulator.add(*asked, segments_of(past, table, by, asked[0]))
                if sink is not None:
                    sink.write(_with_outcome(table, outcome, old, new))
        return len(past.rows.torn)


def _with_outcome(table: pa.Table, outcome: Outcome, old: Lines, new: Lines) -> pa.Table:
    """The table and what OUT adds to it: int64 micros, empty where a book has no price."""
    before, after = outcome.old, outcome.new
    texts = np.full(len(table), None, object)
    for row, text in (error_texts(old, before) | error_texts(new, after)).items():
        texts[row] = text
    missing, gone, both = ~before.fine, ~after.fine, ~(before.fine & after.fine)
    added = (
        pa.array(before.unit_net, pa.int64(), mask=missing), pa.array(after.unit_net, pa.int64(), mask=gone),
        pa.array(before.net, pa.int64(), mask=missing), pa.array(after.net, pa.int64(), mask=gone),
        pa.array(outcome.change, pa.int64(), mask=both), pa.array(outcome.rules, pa.string()), pa.array(texts, pa.string()),
    )  # fmt: skip
    kept = table.drop_columns([name for name in ADDED if name in table.column_names])
    for name, column in zip(ADDED, added, strict=True):
        kept = kept.append_column(name, column)
    return kept


# ---------------------------------------------------------------- tables


def _print(simulator: Simulator) -> None:
    found, currency = simulator.found, simulator.old.head.currency
    old, new = simulator.old.head, simulator.new.head
    out().print(f"[bold]{old.name}[/] {old.version} -> [bold]{new.name}[/] {new.version}")
    out().print(
        _moved("in all", ("charged",), [((period,), moved) for period, moved in found.totals.items()], currency)
    )
    if found.rules:
        out().print(_rules(found, currency))
    for by in dict.fromkeys(by for _, by, _ in found.segments):
        mine = [((word, period), moved) for (period, name, word), moved in found.segments.items() if name == by]
        out().print(_moved(f"by {by}", (by, "charged"), mine, currency))
    if found.most:
        out().print(_most(simulator, currency))
    for text in _apart(found, currency):
        out().print(text, style="yellow")


def _moved(title: str, heads: Sequence[str], rows: Sequence[tuple[tuple[str, ...], Moved]], currency: str) -> Table:
    table = Table(title=f"{title}, {currency}", title_justify="left", title_style="bold")
    for name in heads:
        table.add_column(name)
    for name in ("lines", "changed", "revenue", "change", "", "margin", "change"):
        table.add_column(name, justify="right", no_wrap=True)
    largest = sorted(rows, key=lambda item: -abs(item[1].change))
    for names, moved in largest[:MOST_ROWS]:
        table.add_row(*names, *_figures(moved, currency))
    if len(largest) > MOST_ROWS:
        table.add_row(f"and {len(largest) - MOST_ROWS:,} more (--json)")
    return table


def _figures(moved: Moved, currency: str) -> list[str]:
    margins = [shown(moved.new_margin, currency), change(0, rounded(moved.margin_change, currency), currency)]
    return [
        f"{moved.lines:,}", f"{moved.changed:,}", money(moved.new_net, currency), change(moved.old_net, moved.new_net, currency),
        share(moved.change, moved.old_net), *(margins if moved.with_cost else ["", ""]),
    ]  # fmt: skip


def rounded(micros: int, currency: str) -> int:
    """Micros to the currency's minor unit, for showing: costs are often finer."""
    return round_to(Fraction(micros), minor_unit_micros(currency), "half even")


def shown(micros: int, currency: str) -> str:
    """Money to the minor unit."""
    return money(rounded(micros, currency), currency)


def share(part: int, whole: int) -> str:
    """`+1.25%`: a part of a whole, in hundredths of a percent (for showing only)."""
    if not whole:
        return ""
    hundredths = (abs(part) * 20_000 + abs(whole)) // (2 * abs(whole))
    sign = "" if not hundredths else "+" if (part > 0) == (whole > 0) else "-"
    return f"{sign}{hundredths // 100:,}.{hundredths % 100:02d}%"


def _rules(found: Simulation, currency: str) -> Table:
    table = Table(title=f"by rule, {currency}", title_justify="left", title_style="bold")
    table.add_column("rule")
    table.add_column("charged")
    for name in ("lines", "change"):
        table.add_column(name, justify="right", no_wrap=True)
    largest = sorted(found.rules.items(), key=lambda item: -abs(item[1].change))
    for (period, rule), moved in largest[:MOST_ROWS]:
        table.add_row(rule, period, f"{moved.lines:,}", change(0, moved.change, currency))
    if len(largest) > MOST_ROWS:
        table.add_row(f"and {len(largest) - MOST_ROWS:,} more (--json)")
    return table


def _most(simulator: Simulator, currency: str) -> Table:
    table = Table(title=f"the lines most changed, {currency}", title_justify="left", title_style="bold")
    for name in ("row", "product", "quantity", "old", "new", "change", "by"):
        table.add_column(name, justify="left" if name in ("product", "by") else "right", no_wrap=name != "by")
    for line in simulator.found.most:
        table.add_row(
            f"{1 - line.row:,}", line.product, quantity(line.quantity, "").strip(), money(line.old_net, currency),
            money(line.new_net, currency), change(line.old_net, line.new_net, currency), line.rules,
        )  # fmt: skip
    return table


def _apart(found: Simulation, currency: str) -> Iterator[str]:
    """What is in no figure above."""
    for lines, which in ((found.only_old, "old"), (found.only_new, "new")):
        if lines.lines:
            net = f"{money(lines.change, currency)} {currency}"
            yield f"{plural(lines.lines, 'line')} ({net}) priced by the {which} book only"
    if found.neither:
        yield f"{plural(found.neither, 'line')} priced by neither book"
    if found.charged_otherwise:
        yield f"{plural(found.charged_otherwise, 'line')} charged by another period in the new book"


# ---------------------------------------------------------------- for programs, and a picture


def _as_json(simulator: Simulator, torn: int) -> dict[str, Any]:
    """All figures, in micros."""
    found = simulator.found
    return {
        "old": {"book": simulator.old.head.name, "version": simulator.old.head.version},
        "new": {"book": simulator.new.head.name, "version": simulator.new.head.version},
        "currency": simulator.old.head.currency, "lines": found.rows, "torn_rows": torn,
        "totals": [{"charged": period, **_fields(moved)} for period, moved in found.totals.items()],
        "rules": [
            {"rule": rule, "charged": period, "lines": moved.lines, "change_micros": moved.change}
            for (period, rule), moved in sorted(found.rules.items(), key=lambda item: -abs(item[1].change))
        ],
        "segments": [
            {"by": by, "segment": word, "charged": period, **_fields(moved)}
            for (period, by, word), moved in found.segments.items()
        ],
        "most_changed": [_line(asdict(line)) for line in found.most],
        "priced_by_old_only": {"lines": found.only_old.lines, "net_micros": found.only_old.change},
        "priced_by_new_only": {"lines": found.only_new.lines, "net_micros": found.only_new.change},
        "priced_by_neither": found.neither, "charged_otherwise": found.charged_otherwise,
    }  # fmt: skip


def _fields(moved: Moved) -> dict[str, int]:
    return {
        "lines": moved.lines, "changed": moved.changed, "old_net_micros": moved.old_net, "new_net_micros": moved.new_net,
        "change_micros": moved.change, "lines_with_cost": moved.with_cost, "old_margin_micros": moved.old_margin,
        "new_margin_micros": moved.new_margin, "margin_change_micros": moved.margin_change,
    }  # fmt: skip


def _line(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "row": 1 - line["row"], "product": line["product"], "quantity_millionths": line["quantity"], "charged": line["period"],
        "old_net_micros": line["old_net"], "new_net_micros": line["new_net"], "rules": line["rules"].split(", "),
    }  # fmt: skip


def _picture(simulator: Simulator) -> str:
    """Revenue moved, by rule and by each segment, a chart for every period."""
    found, currency = simulator.found, simulator.old.head.currency
    groups = []
    for period in found.totals:
        rules = [(rule, moved.change) for (mine, rule), moved in found.rules.items() if mine == period]
        groups.append(_group(f"by rule, charged {_often(period)}", rules, currency))
        for by in dict.fromkeys(by for mine, by, _ in found.segments if mine == period):
            words = [
                (word, moved.change)
                for (mine, name, word), moved in found.segments.items()
                if (mine, name) == (period, by)
            ]
            groups.append(_group(f"by {by}, charged {_often(period)}", words, currency))
    totals = "; ".join(
        f"{change(moved.old_net, moved.new_net, currency)} {currency} {_often(period)} "
        f"({share(moved.change, moved.old_net) or 'new'}) on {plural(moved.changed, 'line')} of {moved.lines:,}"
        for period, moved in found.totals.items()
    )
    old, new = simulator.old.head, simulator.new.head
    return bar_chart(
        f"{old.title or old.name}: revenue moved", f"{totals} · {old.version[:8]} -> {new.version[:8]}", groups
    )


def _often(period: str) -> str:
    return {"once": "once", "use": "by use"}.get(period, f"by the {period}")


def _group(heading: str, values: Sequence[tuple[str, int]], currency: str) -> Group:
    largest = sorted((value for value in values if value[1]), key=lambda value: -abs(value[1]))[:MOST_ROWS]
    return Group(heading, [Bar(label, value, f"{change(0, value, currency)} {currency}") for label, value in largest])
