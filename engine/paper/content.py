"""What a sheet says in its language: every date, number and word of it as text, in the order that the template sets it."""

from __future__ import annotations

from typing import Any

from engine.paper.numbers import Numbers, numbers_of
from engine.paper.plain import one_line, paragraphs
from engine.paper.rows import Rows, aligned, total_name
from engine.paper.sheet import BankAccount, Option, Party, Seller, Sheet, Total

Content = dict[str, Any]


def content_of(sheet: Sheet) -> Content:
    """A sheet as the template takes it: tables, lists and texts.

    Raises:
        ValueError: documents are not written in its language, or there is no such currency.
    """
    numbers = numbers_of(sheet.language, sheet.currency)
    words, several = numbers.words, len(sheet.options) > 1
    party = sheet.seller.party
    return {
        "language": numbers.locale.language,
        "region": (numbers.locale.territory or "").lower(),
        "format": sheet.seller.format,
        "accent": sheet.seller.accent,
        "title": f"{words.quote} {one_line(sheet.number)}",
        "author": one_line(party.name) or words.quote,
        "subject": one_line(sheet.subject),
        "seller": {"name": one_line(party.name), "lines": _seller_lines(sheet.seller)},
        "to": words.to,
        "customer": {"name": one_line(sheet.customer.name), "lines": _customer_lines(numbers, sheet.customer)},
        "facts": _facts(numbers, sheet),
        "introduction": paragraphs(sheet.introduction),
        "glance": _glance(numbers, sheet) if several else None,
        "options": [_option(numbers, option, number, several) for number, option in enumerate(sheet.options, 1)],
        "notes": _notes(numbers, sheet),
        "acceptance": _acceptance(numbers, sheet) if sheet.acceptance else None,
        "footer": _footer(numbers, sheet),
    }


# ---------------------------------------------------------------- the head


def _said(*texts: str) -> list[str]:
    return [line for text in texts if (line := one_line(text))]


def _seller_lines(seller: Seller) -> list[str]:
    party = seller.party
    return _said(*party.address, party.phone, party.email, seller.website)


def _customer_lines(numbers: Numbers, party: Party) -> list[str]:
    tax = f"{numbers.words.tax_number} {party.tax_number}" if party.tax_number else ""
    return _said(party.contact, *party.address, party.email, party.phone, tax)


def _facts(numbers: Numbers, sheet: Sheet) -> list[list[str]]:
    words = numbers.words
    days = sheet.payment_days
    pay = "" if days is None else numbers.plural(days * 1_000_000, words.payment_days).format(number=days)
    facts = [
        (words.version, str(sheet.version)),
        (words.date, numbers.day(sheet.date)),
        (words.valid_until, "" if sheet.valid_until is None else numbers.day(sheet.valid_until)),
        (words.reference, sheet.reference),
        (words.contact, sheet.contact),
        (words.payment, sheet.payment_terms or pay),
    ]
    return [[name, one_line(value)] for name, value in facts if value]


# ---------------------------------------------------------------- options


def _name(numbers: Numbers, option: Option, number: int, several: bool) -> str:
    title = one_line(option.title)
    if not several:
        return title
    own = numbers.words.option.format(number=number)
    return f"{own}{numbers.words.colon}{title}" if title else own


def _glance(numbers: Numbers, sheet: Sheet) -> Content:
    """All options on a few lines: their totals beside each other."""
    names = list(dict.fromkeys(total.name for option in sheet.options for total in option.totals))
    rows: list[Content] = []
    for number, option in enumerate(sheet.options, 1):
        found = {total.name: total for total in option.totals}
        cells = [numbers.money(_due(option, found[name])) if name in found else "" for name in names]
        rows.append({"title": _name(numbers, option, number, True), "recommended": option.recommended, "cells": cells})
    words = numbers.words
    title = numbers.plural(len(rows) * 1_000_000, words.options).format(number=len(rows))
    return {
        "title": title, "head": [words.option.format(number="").strip(), *(total_name(numbers, name) for name in names)],
        "rows": rows, "recommended": words.recommended, "width": 24 + _wide([row["cells"] for row in rows]),
    }  # fmt: skip


def _due(option: Option, total: Total) -> int:
    return total.gross if option.with_tax and total.gross is not None else total.net


def _option(numbers: Numbers, option: Option, number: int, several: bool) -> Content:
    words = numbers.words
    lines = [line for group in option.groups for line in group.lines]
    lines += [line for group in option.groups for bundle in group.bundles for line in bundle.lines]
    timed = any(line.period != "once" for line in lines)
    rated = any(line.rate is not None for line in lines)
    rows = Rows(numbers).of(option)
    columns = [aligned(rows, column, numbers.point) for column in ("price", "amount")]
    return {
        "title": _name(numbers, option, number, several),
        "recommended": words.recommended if option.recommended and several else "",
        "description": paragraphs(option.description),
        "rated": rated,
        "timed": timed,
        "head": [words.description, words.quantity, words.price, *([words.rate] if rated else []),
                 f"{words.amount} ({numbers.currency})", *([words.period] if timed else [])],
        "widths": [columns[0][0], max(columns[1][0], len(f"{words.amount} (EUR)") * 9 // 10)],
        "places": {"price": columns[0][1], "amount": columns[1][1]},
        "rows": rows,
        "remark": words.with_tax if option.with_tax else "",
        "totals": _totals(numbers, option),
        "taxes": _taxes(numbers, option),
    }  # fmt: skip


def _totals(numbers: Numbers, option: Option) -> Content:
    """Totals, each on a line of its own since they are never added up; a column only where one of them has a figure in it."""
    words, totals = numbers.words, option.totals
    moved = [0 if total.listed is None else total.net - total.listed for total in totals]
    columns: list[tuple[str, list[str]]] = [
        (words.listed, [_money(numbers, total.listed) if any(moved) else "" for total in totals]),
        (
            words.difference if max(moved, default=0) > 0 else words.saved,
            [numbers.change(by) if by else "" for by in moved],
        ),
        (words.net, [numbers.money(total.net) for total in totals]),
        (words.tax, [_money(numbers, total.tax) for total in totals]),
        (words.gross, [_money(numbers, total.gross) for total in totals]),
    ]
    used = [(name, figures) for name, figures in columns if any(figures)]
    head = [name for name, _ in used] if len(used) > 1 else [""] * len(used)
    names = [total_name(numbers, total.name) for total in totals]
    rows = [list(row) for row in zip(names, *(figures for _, figures in used), strict=True)]
    return {"title": words.totals, "head": head, "rows": rows, "width": _wide(rows)}


def _money(numbers: Numbers, micros: int | None) -> str:
    return "" if micros is None else numbers.money(micros)


def _wide(rows: list[list[str]]) -> int:
    """How many characters the columns of a table have beside each other, with what parts them."""
    return sum(3 + max(map(len, column)) for column in zip(*rows, strict=True))


def _taxes(numbers: Numbers, option: Option) -> Content:
    """Taxes by category and rate, with the reason where there is none to pay."""
    words = numbers.words
    rows = [
        {
            "name": f"{words.categories.get(tax.category, tax.category)} {numbers.percent(tax.rate) if tax.rate else ''}".strip(),
            "reason": one_line(tax.reason),
            "of": total_name(numbers, tax.total),
            "taxable": numbers.money(tax.taxable),
            "tax": numbers.money(tax.tax),
        }
        for tax in option.taxes
    ]
    return {"head": [words.taxes, words.totals, words.taxable, words.tax], "rows": rows}


# ---------------------------------------------------------------- the end


def _notes(numbers: Numbers, sheet: Sheet) -> list[Content]:
    return [
        {"title": one_line(title) or numbers.words.notes, "text": paragraphs(text)}
        for title, text in sheet.notes if text.strip()
    ]  # fmt: skip


def _acceptance(numbers: Numbers, sheet: Sheet) -> Content:
    words, several = numbers.words, len(sheet.options) > 1
    customer, number = one_line(sheet.customer.name), one_line(sheet.number)
    return {
        "title": words.acceptance,
        "text": words.accept.format(customer=customer, number=number, version=sheet.version),
        "choose": words.choose if several else "",
        "options": [_name(numbers, option, n, True) for n, option in enumerate(sheet.options, 1)] if several else [],
        "fields": [words.name, words.place_and_date, words.signature],
    }


def _footer(numbers: Numbers, sheet: Sheet) -> Content:
    words, party = numbers.words, sheet.seller.party
    before, _, rest = words.page.partition("{page}")
    between, _, after = rest.partition("{pages}")
    numbered = [(words.registration, party.registration), (words.tax_number, party.tax_number)]
    legal = _said(party.name, *(f"{name} {value}" for name, value in numbered if value))
    return {
        "seller": _cut(party.name, 50),
        "legal": [_cut(text, 80 // len(legal) + 12) for text in legal],
        "accounts": [_cut(_account(numbers, one), 80) for one in sheet.seller.accounts[:2]],
        "number": _cut(f"{words.quote} {one_line(sheet.number)}, {words.version} {sheet.version}", 40),
        "document": _cut(sheet.document, 40),
        "page": [before, between, after],
    }


def _cut(text: str, most: int) -> str:
    """A text as long as there is room for where all pages repeat it."""
    text = one_line(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _account(numbers: Numbers, one: BankAccount) -> str:
    named = f"{numbers.words.account} {one.number}"
    return ", ".join(_said(named, f"BIC {one.bic}" if one.bic else "", one.bank))
