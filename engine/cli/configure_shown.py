"""How a configuration looks in a terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.markup import escape
from rich.table import Table

from engine.cli import show
from engine.cli.configure_answers import How, State
from engine.cli.configure_session import Refused, Session
from engine.cli.console import out
from engine.configure.configured import Line, Option
from engine.pricing.quote import PricedQuote
from engine.values.kinds import decimal

HELP = (
    "[dim]cpu=NAME, copies=60, raid, not raid, desk=none: choose | undo \\[WHAT] | why WHAT | forbids WHAT | repair WHAT | "
    "show \\[PART] | complete \\[defaults, cheapest] | done \\[defaults, cheapest] | quit[/]"
)
MOST_NAMED = 12
_STYLE = {"chosen": "bold green", "forced": "green", "default": "cyan", "excluded": "red", "possible": ""}


@dataclass(frozen=True, slots=True)
class Finished:
    """A whole configuration: its options, the lines it brings, and their prices; by total what options add up to, at list and net."""

    how: How
    options: Sequence[Option]
    lines: Sequence[Line]
    priced: PricedQuote
    proven: bool
    added: tuple[tuple[str, int, int], ...]

    @property
    def differs(self) -> bool:
        """Whether it costs something else than its options add up to, for some prices hang on several lines."""
        priced = {total.name: total.net_amount for total in self.priced.totals}
        return any(priced.get(name, 0) != net for name, _, net in self.added)


def options(states: Sequence[State], currency: str) -> None:
    """A row an option: how it stands, its own list price, and the cheapest whole with it, in the bundle."""
    table = Table()
    for name in ("part", "option", "state"):
        table.add_column(name, no_wrap=name == "part")
    for name in ("list", "cheapest with it"):
        table.add_column(name, justify="right", no_wrap=True)
    before = ""
    for one in states:
        if one.shown == "hide":
            continue
        path, before = ("" if one.option.path == before else one.option.path), one.option.path
        excluded = one.state == "excluded"
        said = "not offered" if one.shown == "disable" else one.state
        if one.shown == "disable" and one.because:
            said += f": {one.because}"
        total = "" if excluded or one.total is None else show.money(one.total, currency)
        cost = "" if one.cost is None else show.money(one.cost, currency)
        style = _STYLE[one.state]
        table.add_row(
            escape(path), escape(called(one.option)), f"[{style}]{escape(said)}[/]" if style else said, cost, total
        )
    out().print(table)


def called(option: Option) -> str:
    """An option without its path."""
    if option.low is None:
        return option.value
    return decimal(option.low) + ("" if option.low == option.high else f" to {decimal(option.high or 0)}")


def change(before: Sequence[State], after: Sequence[State], currency: str, total: str) -> None:
    """What came and went with a choice, and what the whole costs at least now."""
    old = {one.option.name: one.state for one in before if one.shown != "hide"}
    for state, word in (("excluded", "no longer possible"), ("forced", "now forced")):
        names = [
            one.option.name for one in after if one.state == state and old.get(one.option.name) not in (state, None)
        ]
        _named(word, names)
    again = [one.option.name for one in after if one.state != "excluded" and old.get(one.option.name) == "excluded"]
    _named("possible again", again)
    least = [one.total for one in after if one.total is not None and one.state != "excluded"]
    if least:
        often = "" if total == "once" else f", {total.replace('_', ' ')}"
        out().print(f"from {show.money(min(least), currency)} {currency}{often}")


def _named(word: str, names: Sequence[str]) -> None:
    if names:
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        out().print(f"  {word}: {escape(', '.join(names[:MOST_NAMED]))}{more}", soft_wrap=True)


def forbids(choice: str, excluded: Sequence[Option], forced: Sequence[Option]) -> None:
    """What a choice would do to others."""
    out().print(f"{escape(choice)} {'would' if excluded or forced else 'forbids and forces nothing'}", soft_wrap=True)
    _named("forbid", [one.name for one in excluded])
    _named("force", [one.name for one in forced])


def refusal(refused: Refused) -> None:
    """What refuses a choice: those before it, and the book's rules with their reasons and places."""
    out().print(f"[bold red]refused:[/] {escape(str(refused))}", soft_wrap=True)
    for rule in refused.rules:
        because = f'"{rule.because}": ' if rule.because else ""
        out().print(f"  {escape(because + rule.plain)} [cyan]{rule.span.file}:{rule.span.line}[/]", soft_wrap=True)


def messages(said: Sequence[tuple[str, str]]) -> None:
    """What the book says beside."""
    for severity, words in said:
        style = "yellow" if severity == "warning" else "cyan"
        out().print(f"[{style}]{severity}:[/] {escape(words)}", soft_wrap=True)


def lines(found: Finished, currency: str) -> None:
    """The lines of a whole configuration, and what it costs."""
    table = Table(
        title=f"complete, by {found.how}" + ("" if found.proven else " (not proven to be the best)"),
        title_justify="left",
    )
    for name in ("product", "part", "quantity", "list", "net"):
        table.add_column(name, justify="left" if name in ("product", "part") else "right", no_wrap=True)
    for line, priced in zip(found.lines, found.priced.lines, strict=False):
        listed, net = (
            ("", f"{priced.error.code}: {priced.error.message}")
            if priced.error
            else (
                f"{show.money(amount, currency)} {show.period_words(priced.period)}".rstrip()
                for amount in (priced.list_amount, priced.net_amount)
            )
        )
        table.add_row(escape(line.code), escape(line.path), decimal(line.quantity or 0), escape(listed), escape(net))
    out().print(table)
    if found.priced.error:
        out().print(f"[bold red]{found.priced.error.code}[/] {escape(found.priced.error.message)}", soft_wrap=True)
    for total in found.priced.totals:
        name, amounts = total.name.replace("_", " "), (total.list_amount, total.net_amount)
        listed, net = (show.money(amount, currency) for amount in amounts)
        out().print(f"{name}: {net} {currency}" + ("" if listed == net else f" ({listed} at list)"))
    if found.differs:
        out().print("[dim]prices of several lines together make that another amount than the options add up to[/]")


# ---------------------------------------------------------------- JSON


def as_json(session: Session, refused: Refused | None, found: Finished | None) -> None:
    """One object: the choices, every option, what is said, why something is refused, and the whole. Amounts are decimals in texts."""
    answers, choices = session.answers, session.choices
    bill = answers.bill(choices)
    print(json.dumps({
        "book": session.book.name, "version": session.book.version, "bundle": session.bundle, "currency": session.book.currency,
        "choices": [str(one) for one in choices],
        "total": bill.total, "estimated": bill.estimated,
        "options": [_option(one) for one in answers.states(choices)],
        "messages": [{"severity": severity, "text": words} for severity, words in answers.messages(choices)],
        "refused": None if refused is None else _refused(refused),
        "complete": None if found is None else _finished(found),
    }, indent=1))  # fmt: skip


def _option(one: State) -> dict[str, Any]:
    said = {"option": one.option.name, "path": one.option.path, "state": one.state, "list": _decimal(one.cost)}
    total = None if one.state == "excluded" else one.total
    shown = {"shown": one.shown, "because": one.because} if one.shown else {}
    return said | {"cheapest": _decimal(total)} | shown


def _refused(refused: Refused) -> dict[str, Any]:
    rules = [
        {"rule": rule.plain, "because": rule.because, "file": rule.span.file, "line": rule.span.line}
        for rule in refused.rules
    ]
    return {"choice": str(refused.choice), "choices": [str(one) for one in refused.choices], "rules": rules}


def _finished(found: Finished) -> dict[str, Any]:
    lines = [
        {
            "product": line.code, "part": line.path, "quantity": decimal(line.quantity or 0),
            "list": None if priced.error else _decimal(priced.list_amount),
            "net": None if priced.error else _decimal(priced.net_amount), "period": priced.period,
            **({"error": f"{priced.error.code}: {priced.error.message}"} if priced.error else {}),
        }
        for line, priced in zip(found.lines, found.priced.lines, strict=False)
    ]  # fmt: skip
    totals = found.priced.totals
    return {
        "by": found.how,
        "proven": found.proven,
        "options": [o.name for o in found.options],
        "lines": lines,
        "list": {total.name: _decimal(total.list_amount) for total in totals},
        "net": {total.name: _decimal(total.net_amount) for total in totals},
        "differs": found.differs,
    }


def _decimal(micros: int | None) -> str | None:
    return None if micros is None else decimal(micros)
