"""What a book says of taxes and of its net, as the kernels take it."""

from __future__ import annotations

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.plan import layout as at
from engine.values.currency import minor_unit_micros


def tax_step(book: b.Book) -> int | None:
    """The number of the step `tax`, where rules say what is charged."""
    if not any(rule.kind == "tax" for rule in book.rules):
        return None
    return next((number for number, step in enumerate(book.steps) if step.combine == "tax"), None)


def net_step(book: b.Book) -> int | None:
    """The number of the step `net`."""
    return next((number for number, step in enumerate(book.steps) if step.combine == "net"), None)


def scalars(book: b.Book) -> dict[str, int]:
    """The scalars of an arena that are about taxes and the net."""
    tax = tax_step(book)
    return {
        "tax": tax or 0, "tax_level": at.TAX_LEVELS.index(book.tax_level),
        "tax_step": book.tax_step or minor_unit_micros(book.currency),
        "includes": int(tax is not None and book.prices_include_tax), "net": net_step(book) or 0,
    }  # fmt: skip


class Stated:
    """How a book's amounts are stated: with tax, without, or as its prices are."""

    def __init__(self, book: b.Book) -> None:
        net = net_step(book)
        self.taxed, self.net = tax_step(book) is not None, len(book.steps) if net is None else net

    def base(self, step: int, tax: str | None) -> int:
        """The CASE_BASE of an amount in a step: below the net no price has tax."""
        if tax is None or not self.taxed or (tax == "excluding" and self.net < step):
            return at.BASE_RUNNING
        return at.INCLUDING if tax == "including" else at.EXCLUDING


def splits_below(book: b.Book) -> bool:
    """Whether what a line has left below the net hangs on the others: its net is a share of theirs."""
    includes = tax_step(book) is not None and book.prices_include_tax
    return net_step(book) is not None and includes and book.tax_level in ("rate", "document")


def beyond_taxes(book: b.Book) -> bool:
    """Whether the kernels cannot run what the book says of taxes: a rule that asks for a sum, a pocket of a document's shares, or
    a step that moves no price and yet rounds it."""
    sums = any(
        atom.subject.fold is not None
        for rule in book.rules
        if rule.kind == "tax"
        for case in rule.cases
        for atom in atoms(case.when)
    )
    rounds = any(step.combine in ("tax", "net") and step.rounding is not None for step in book.steps)
    return sums or rounds or (net_step(book) is not None and book.rounding.level == "document")
