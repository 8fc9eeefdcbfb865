"""What `quo explain --why` prints below a quote: each rule and its reason, what would change the price, approvals in figures."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from engine.cli.console import err, fail, out, plural
from engine.cli.show import money
from engine.pricing.explain import Explained
from engine.pricing.explain.document import document_of
from engine.pricing.explain.picture import picture_of
from engine.pricing.explain.sentences import (
    about_words,
    change_lead,
    consent_words,
    rules_words,
    verdict_words,
)
from engine.pricing.explain.shapes import Consent, LineWhy


def print_why(explained: Explained) -> None:
    """Rules, changes and approvals of every line."""
    for line in explained.lines:
        if line.verdicts:
            out().print()
            out().print(_rules(line, explained))
        told = [f"{plural(line.not_on, 'rule')} of the book not on it"] if line.not_on else []
        told += [f"{plural(line.left_out, 'rule')} further off not shown"] if line.left_out else []
        if told:
            out().print(f"[dim]{', '.join(told)}[/]")
        if line.changes:
            out().print()
            out().print(_changes(line, explained.priced.currency))
    if explained.consents:
        out().print()
        out().print(_consents(explained.consents, explained.priced.currency))


def _table(title: str, columns: tuple[str, ...], right: tuple[str, ...] = ()) -> Table:
    table = Table(title=escape(title), title_justify="left", title_style="bold")
    for name in columns:
        style = "cyan" if name == "where" else ""
        table.add_column(name, justify="right" if name in right else "left", style=style, no_wrap=name == "where")
    return table


def _rules(line: LineWhy, explained: Explained) -> Table:
    table = _table(f"{line.title}: its rules", ("step", "rule", "where", "what it did, or why it did not"))
    priced = explained.priced
    for v in line.verdicts:
        style = "" if v.reason == "applied" else "dim" if v.reason == "nothing" else "yellow"
        rule = f"{v.rule} ({v.label})" if v.label and v.reason == "applied" else v.rule
        table.add_row(
            v.step,
            escape(rule),
            f"{v.file}:{v.line}",
            escape(verdict_words(v, priced.date, priced.currency)),
            style=style,
        )
    return table


def _changes(line: LineWhy, currency: str) -> Table:
    table = _table(
        f"{line.title}: what would change its price",
        ("with", f"per {line.unit}", "the line", "change", "by"),
        (f"per {line.unit}", "the line", "change"),
    )
    for change in line.changes:
        lead = escape(change_lead(change, line))
        if change.error is not None:
            table.add_row(lead, "", "", "", f"no price: {change.error}")
            continue
        by = ("+" if change.net_change > 0 else "") + money(change.net_change, currency)
        words = rules_words(change) + (" (more for less)" if change.cheaper else "")
        table.add_row(
            lead, money(change.unit_net, currency), money(change.net_amount, currency), by, escape(words.strip())
        )
    return table


def _consents(consents: tuple[Consent, ...], currency: str) -> Table:
    table = _table("approvals", ("approval", "about", "asks", "why, and what would not"))
    for consent in consents:
        asks = ", then ".join(" and ".join(stage) for stage in consent.stages) if consent.asks else "no"
        style = "yellow" if consent.asks else "dim"
        table.add_row(
            escape(consent.approval),
            about_words(consent),
            escape(asks),
            escape(consent_words(consent, currency)),
            style=style,
        )
    return table


# ---------------------------------------------------------------- other forms


def print_json(explained: Explained) -> None:
    """The document, alone on stdout."""
    out().print(
        json.dumps(document_of(explained), indent=2, ensure_ascii=False), markup=False, highlight=False, soft_wrap=True
    )


def draw(explained: Explained, file: Path) -> None:
    """Write the waterfalls of its lines as an SVG file."""
    try:
        file.write_text(picture_of(explained), encoding="utf-8")
    except OSError as error:
        fail(f"cannot write {file}: {error.strerror}")
    drawn = sum(line.priced.error is None for line in explained.lines)
    day = date.fromordinal(explained.priced.date).isoformat()
    err().print(f"{plural(drawn, 'waterfall')} of {day} -> {escape(str(file))}")
