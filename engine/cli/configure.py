"""`quo configure`: a bundle in the terminal, choice by choice: what is left, what it costs and forbids, why, and how to get it all the same.

Works on the book in process, as `quo test` does. Commands come from stdin, so that a script can say them too; with `--complete`, `--why`,
`--repair` or `--json` nothing is asked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from engine.cli import configure_shown as shown
from engine.cli.bundle import open_book
from engine.cli.columns import ordinal_of
from engine.cli.configure_answers import Billed, How
from engine.cli.configure_choices import Choice
from engine.cli.configure_session import Refused, Session
from engine.cli.console import FAULT_OF_CALL, fail, out
from engine.cli.price import pairs
from engine.configure.configured import Line
from engine.configure.model import ModelError
from engine.lang.book import Book
from engine.plan.plan import Plan
from engine.pricing import read_facts
from engine.pricing.interpret import price
from engine.pricing.quote import PricedQuote, Quote
from engine.services.pricing.amounts import quote_of

HOWS: tuple[How, ...] = ("defaults", "cheapest")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says at once."""

    choose: Sequence[str] = ()
    complete: str = ""
    why: str = ""
    repair: str = ""
    on: str | None = None
    facts: Sequence[str] = ()
    json: bool = False


def configure_command(path: Path, bundle: str, asked: Asked) -> None:
    """Configure a bundle: at once where the command line says it all, else command by command."""
    book, plan = open_book([path])
    try:
        if asked.complete and asked.complete not in HOWS:
            raise ValueError(f"--complete is {' or '.join(HOWS)}, not `{asked.complete}`")
        pricing = Pricing.of(plan, book, asked)
        session = Session(book, bundle, pricing.billed(), pricing.asked.facts)
        for text in asked.choose:
            session.choose(text)
        talk = Talk(session, pricing)
        if asked.repair:
            session.repair(asked.repair)
        if asked.json or asked.complete or asked.why or asked.repair:
            _at_once(talk, asked)
        else:
            talk.run(_commands())
    except Refused as refused:
        shown.refusal(refused)
        raise typer.Exit(FAULT_OF_CALL) from refused
    except (ModelError, ValueError) as error:
        fail(str(error))


def _at_once(talk: Talk, asked: Asked) -> None:
    session = talk.session
    refused = session.why(asked.why) if asked.why else None
    how = next((how for how in HOWS if how == asked.complete), None)
    if asked.json:
        shown.as_json(session, refused, talk.finished(how) if how else None)
        return
    if asked.why:
        talk.why(asked.why)
    if asked.repair:
        shown.options(session.answers.states(session.choices), talk.currency)
    if how:
        talk.conclude(how)


def _commands() -> Iterator[str]:
    """Lines of stdin; a terminal is prompted, and keeps its history."""
    if not sys.stdin.isatty():
        yield from sys.stdin
        return
    import readline  # noqa: F401  what `input` edits and keeps its history with

    while True:
        try:
            yield input("> ")
        except (EOFError, KeyboardInterrupt):
            return


# ---------------------------------------------------------------- prices


@dataclass(frozen=True)
class Pricing:
    """Prices of a bundle's things, and of whole ones: on a date, with the facts that were given."""

    book: Book
    plan: Plan
    asked: Quote

    @staticmethod
    def of(plan: Plan, book: Book, asked: Asked) -> Pricing:
        """As the command line says; today without a date.

        Raises:
            ValueError: a date or fact cannot be read.
        """
        zone = ZoneInfo(plan.head.zone)
        day = datetime.now(zone).date().isoformat() if asked.on is None else asked.on
        values, errors = read_facts(plan, pairs(asked.facts))
        if errors:
            raise ValueError("; ".join(error.message for error in errors))
        return Pricing(book, plan, Quote(ordinal_of(zone)(day), values, ()))

    def billed(self) -> Billed:
        """What options come to; things are priced once."""
        prices = cache(lambda things: things.prices(self.plan, self.asked))
        return lambda things, said: things.bill(self.plan, self.asked, prices(things), said, "")

    def quote(self, bundle: str, lines: Sequence[Line]) -> PricedQuote:
        """A quote with one bundle of these lines, by the book's meaning."""
        return price(
            self.book, quote_of(bundle, self.asked, [(one.code, one.path, one.quantity or 0) for one in lines])
        )


# ---------------------------------------------------------------- the session


class Talk:
    """Carries out commands, one a line."""

    def __init__(self, session: Session, pricing: Pricing) -> None:
        self.session, self.pricing, self.currency = session, pricing, pricing.book.currency
        self.verbs: dict[str, Callable[[str], None]] = {
            "show": self.show, "choose": self.choose, "undo": self.undo, "why": self.why, "repair": self.repair,
            "forbids": self.forbids, "complete": self.complete, "done": self.complete, "help": self.help,
        }  # fmt: skip

    def run(self, commands: Iterator[str]) -> None:
        """Until `done`, `quit` or the end of what is said."""
        self.show("")
        self.help("")
        for text in commands:
            if text.split()[:1] == ["quit"] or (text.strip() and self._ended(text.strip())):
                return

    def _ended(self, text: str) -> bool:
        """Carry out one command; whether it ended the session. A mistake of the person is said, and ends nothing."""
        verb, _, rest = text.partition(" ")
        try:
            if verb in self.verbs:
                self.verbs[verb](rest.strip())
            else:
                self.choose(text)
        except Refused as refused:
            shown.refusal(refused)
        except ModelError as error:
            out().print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True)
        else:
            return verb == "done"
        return False

    def help(self, _: str) -> None:
        """What can be said."""
        out().print(shown.HELP, soft_wrap=True)

    def show(self, only: str) -> None:
        """All that is offered, or what stands at a path."""
        states = self.session.answers.states(self.session.choices)
        found = [one for one in states if not only or one.option.path == only or one.option.path.startswith(f"{only}.")]
        if not found:
            raise ModelError(
                f"`{only}` is no part or attribute; there are {', '.join(dict.fromkeys(s.option.path for s in states))}"
            )
        shown.options(found, self.currency)

    def choose(self, text: str) -> None:
        """Choose, and say what that changed."""
        self._changed(lambda: self.session.choose(text), "chosen")

    def undo(self, text: str) -> None:
        """Take back the last choice, or one that is named."""
        self._changed(lambda: self.session.undo(text), "undone")

    def repair(self, text: str) -> None:
        """Give up as few choices as can be, for something that was refused."""
        self._changed(lambda: self.session.repair(text), "given up")

    def _changed(self, act: Callable[[], tuple[Choice, ...]], word: str) -> None:
        before = self.session.answers.states(self.session.choices)
        told = act()
        answers, choices = self.session.answers, self.session.choices
        after = answers.states(choices)
        out().print(f"{word}: {escape(', '.join(map(str, told)) or 'nothing')}", soft_wrap=True)
        shown.change(before, after, self.currency, answers.bill(choices).total)
        shown.messages(answers.messages(choices))

    def why(self, text: str) -> None:
        """Why something cannot be had."""
        refused = self.session.why(text)
        if refused is None:
            out().print(f"{escape(text)} can be had", soft_wrap=True)
        else:
            shown.refusal(refused)

    def forbids(self, text: str) -> None:
        """What a choice would exclude and force, without choosing it."""
        answers, choices = self.session.answers, self.session.choices
        for choice in self.session.read(text):
            shown.forbids(str(choice), *answers.forbids(choices, answers.literal(choice) >> 1))

    def _how(self, text: str) -> How:
        found = next((how for how in HOWS if how == (text.strip() or HOWS[0])), None)
        if found is None:
            raise ModelError(f"complete by {' or '.join(HOWS)}, not `{text.strip()}`")
        return found

    def complete(self, text: str) -> None:
        """The lines and totals with the rest filled in; nothing is chosen by that."""
        self.conclude(self._how(text))

    def conclude(self, how: How) -> None:
        """The same, by a way that is known."""
        shown.lines(self.finished(how), self.currency)

    def finished(self, how: How) -> shown.Finished:
        """The whole configuration, priced."""
        found, answers, proven = self.session.whole(how)
        lines = answers.lines(found)
        priced = self.pricing.quote(self.session.bundle, lines)
        chosen = [
            option
            for number, option in enumerate(answers.made.options)
            if found.chosen[number] and option.path and not option.hidden
        ]
        return shown.Finished(
            how, chosen, lines, priced, proven, answers.bill(self.session.choices).totals(found.chosen)
        )
