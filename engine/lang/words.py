"""The words of every semantic diagnostic: one function a mistake, so that tone, code and help have one home.

Codes are stable: E2xx names and settings, E3xx kinds, units, currencies and periods, E4xx tables and files, E5xx rules,
steps, tiers and prices, W6xx doubts. A function gets what was written and what is known; it returns the Diagnostic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.lang.book import Span
from engine.lang.diagnostics import Diagnostic
from engine.values.kinds import percent_meant

SHOWN = 8
"""How many allowed names a help lists before it says `...`."""


def error(code: str, span: Span, message: str, help: str = "") -> Diagnostic:
    return Diagnostic(code, message, span, help)


def warning(code: str, span: Span, message: str, help: str = "") -> Diagnostic:
    return Diagnostic(code, message, span, help, "warning")


def cut(text: str) -> str:
    """At most 60 characters of what the author wrote."""
    return text if len(text) <= 60 else text[:57] + "..."


def a(noun: str) -> str:
    """`an offer`, `a rule`."""
    return ("an " if noun[:1] in "aeiou" and not noun.startswith(("unit", "use")) else "a ") + noun


def listed(names: Iterable[str]) -> str:
    """`a, b, c`, or the first few and how many more."""
    known = list(names)
    more = f", ... ({len(known) - SHOWN} more)" if len(known) > SHOWN else ""
    return ", ".join(known[:SHOWN]) + more


class Near(NamedTuple):
    """What a misspelt name may have meant: the nearest one, and all there are."""

    best: str
    known: Sequence[str]

    def help(self, empty: str = "") -> str:
        if self.best:
            return f"did you mean `{self.best}`?"
        return f"there are: {listed(self.known)}" if self.known else empty


# ---------------------------------------------------------------- E2: names and settings


def no_price_book(span: Span) -> Diagnostic:
    return error("E201", span, "no file has a `price book`", 'begin one with: price book my_prices "My prices"')


def second_price_book(span: Span, first: Span) -> Diagnostic:
    return error("E202", span, f"a second `price book`: the first is at {first.file}:{first.line}", "keep one of them")


def second_block(word: str, span: Span, first: Span) -> Diagnostic:
    where = f"{first.file}:{first.line}"
    return error(
        "E202", span, f"a second `{word}`: the first is at {where}", "their order matters: write them in one block"
    )


def duplicate(what: str, name: str, span: Span, first: Span) -> Diagnostic:
    where = f"{first.file}:{first.line}"
    return error("E203", span, f"{a(what)} `{cut(name)}` is already at {where}", "give one of them another name")


def unknown(what: str, name: str, span: Span, near: Near) -> Diagnostic:
    return error("E204", span, f"there is no {what} `{cut(name)}`", near.help(f"the book declares no {what} yet"))


def unit_of_time(name: str, span: Span) -> Diagnostic:
    return error(
        "E205", span, f"`per {name}` says how often a price is charged, so `{name}` cannot name a unit",
        f"choose another, such as work_{name}",
    )  # fmt: skip


def reserved(what: str, name: str, span: Span) -> Diagnostic:
    return error(
        "E205",
        span,
        f"`{name}` is a word of the language and cannot name {a(what)}",
        f"choose another, such as my_{name}",
    )


def fact_kind(path: str, span: Span) -> Diagnostic:
    return error("E217", span, f"`{cut(path)}` is a fact, and a fact is not a product", "declare it `text`")


def fact_scope(path: str, span: Span) -> Diagnostic:
    last = cut(path.rsplit(".", 1)[-1])
    return error(
        "E206", span, f"a fact belongs to customer, quote or line, and `{cut(path)}` does not say which",
        f"write customer.{last}, quote.{last} or line.{last}",
    )  # fmt: skip


def fact_mark(path: str, mark: str, span: Span) -> Diagnostic:
    return error("E218", span, f"`{cut(path)}` is a fact, and {mark} is for a column of a table", "leave it out")


def built_in(path: str, span: Span) -> Diagnostic:
    return error("E207", span, f"`{path}` is always there and is not declared", "leave this line out")


def no_setting(word: str, example: str, span: Span) -> Diagnostic:
    return error("E208", span, f"the price book does not say its {word}", f"add a line: {example}")


def bad_setting(name: str, value: str, span: Span, allowed: str) -> Diagnostic:
    return error("E209", span, f"`{name}` cannot be `{cut(value)}`", f"write {allowed}")


def twice(name: str, span: Span) -> Diagnostic:
    return error("E209", span, f"`{name}` is said twice", "keep one of them")


def unknown_setting(name: str, span: Span, near: Near) -> Diagnostic:
    return error("E210", span, f"there is no setting `{cut(name)}` here", near.help())


def enum_twice(name: str, span: Span) -> Diagnostic:
    return error("E211", span, f"`{name}` is in this list twice", "leave one out")


def no_such_value(path: str, name: str, span: Span, near: Near) -> Diagnostic:
    return error("E212", span, f"`{cut(name)}` is not a value of `{path}`", near.help())


def no_steps(span: Span) -> Diagnostic:
    return error(
        "E213",
        span,
        "rules need a block `steps` that orders them",
        "add one: steps, then `list` and each step on its own line",
    )


def list_first(span: Span) -> Diagnostic:
    return error(
        "E214",
        span,
        "the first step is `list`: it opens the waterfall with the list price",
        "write `list` as the first step",
    )


def floor_name(name: str, span: Span) -> Diagnostic:
    return error(
        "E215", span, f"`{name}` is always the step of that name and takes no way to combine", f"write just `{name}`"
    )


def row_outside(name: str, span: Span) -> Diagnostic:
    return error(
        "E216", span, f"`{cut(name)}` is a column of a row, but this rule has no rows", "add: for each row of TABLE"
    )


def is_family(name: str, span: Span) -> Diagnostic:
    return error("E204", span, f"`{name}` is a family, not a product", f"write: on family {name}")


# ---------------------------------------------------------------- E3: kinds, units, currencies, periods

WRITE = {
    "money": "an amount such as 10 EUR",
    "percent": "a percent such as 15%",
    "number": "a number such as 2.5",
    "fraction": "a fraction such as 0.15",
    "quantity": "a quantity such as 12",
    "duration": "a duration such as 12 months",
    "date": "a date such as 2026-01-15",
    "text": 'a text in quotes, such as "NL"',
    "enum": "one of its names",
}
"""What a value of each kind looks like."""
NOUN = {"money": "an amount", "enum": "a name", "text": "free text"}
"""What a kind is called, where it is not its own name."""


def noun(kind: str) -> str:
    """`a percent`, `an amount`."""
    return NOUN.get(kind) or a(kind)


def bare_percent(text: str, span: Span) -> Diagnostic:
    return error(
        "E301", span, f"`{cut(text)}` is a number where a percent belongs", f"write {percent_meant(cut(text))}"
    )


def bare_money(text: str, currency: str, span: Span) -> Diagnostic:
    return error(
        "E301", span, f"`{cut(text)}` is a number where an amount belongs", f"write {cut(text)} {currency or 'EUR'}"
    )


def wrong_kind(what: str, kind: str, shown: str, span: Span, example: str = "") -> Diagnostic:
    said = (
        f"`{cut(shown)}` stands where {noun(kind)} belongs"
        if not what
        else f"{what} is {noun(kind)}, and `{cut(shown)}` is not"
    )
    return error("E302", span, said, f"write {example or WRITE[kind]}")


def wrong_currency(shown: str, currency: str, span: Span) -> Diagnostic:
    return error(
        "E303",
        span,
        f"`{cut(shown)}` is not in {currency}, the currency of this book",
        f"write the amount in {currency}",
    )


def unknown_currency(code: str, span: Span, near: Near) -> Diagnostic:
    return error(
        "E304",
        span,
        f"`{cut(code)}` is not a currency",
        f"did you mean {near.best}?" if near.best else "write its ISO code, such as EUR",
    )


def wrong_unit(written: str, what: str, unit: str, span: Span) -> Diagnostic:
    return error(
        "E305", span, f"this is per `{cut(written)}`, but `{cut(what)}` is counted in `{unit}`", f"write {unit}"
    )


def wrong_quantity(shown: str, what: str, unit: str, span: Span) -> Diagnostic:
    return error(
        "E305", span, f"`{cut(shown)}`: `{cut(what)}` is counted in {unit}", f"write {shown.split(' ')[0]} {unit}"
    )


def wrong_period(written: str, what: str, period: str, span: Span) -> Diagnostic:
    said = {"once": "charged once", "use": "charged per use"}.get(written, f"per {written}")
    is_ = {"once": "charged once", "use": "charged per use"}.get(period, f"charged per {period}")
    fix = "leave the period out" if period in ("once", "use") else f"write per {period}"
    return error("E306", span, f"this amount is {said}, but `{cut(what)}` is {is_}", fix)


def unreadable(reason: str, span: Span) -> Diagnostic:
    return error("E307", span, reason)


def over_whole(text: str, span: Span, most: int = 1) -> Diagnostic:
    if most == 1:
        return error("E308", span, f"{cut(text)} is more than the whole price", "write a percent from 0% to 100%")
    return error("E308", span, f"{cut(text)} is more than {most * 100}%", f"write a percent from 0% to {most * 100}%")


def negative(text: str, span: Span) -> Diagnostic:
    return error(
        "E308",
        span,
        f"`{cut(text)}` is below zero",
        "write it positive: `give ... off` lowers a price, `add` raises it",
    )


def needs_quotes(name: str, what: str, span: Span) -> Diagnostic:
    text = cut(name.strip("'"))
    return error("E309", span, f"{what} is free text, and free text stands in quotes", f'write "{text}"')


def needs_no_quotes(text: str, what: str, span: Span) -> Diagnostic:
    return error("E310", span, f"{what} has named values, written without quotes", f"write {cut(text)}")


def incomparable(left: str, left_kind: str, right: str, right_kind: str, span: Span) -> Diagnostic:
    said = f"`{cut(left)}` is {noun(left_kind)} and `{cut(right)}` {noun(right_kind)}: they cannot be compared"
    return error("E311", span, said, f"compare `{cut(left)}` with {WRITE.get(left_kind, 'its own kind')}")


def wrong_count(shown: str, said: str, units: Iterable[str], span: Span) -> Diagnostic:
    others = listed(units)
    return error(
        "E305",
        span,
        f"`{cut(shown)}` counts {said}, but this rule is also for what is counted in {others}",
        f"write the number alone, or a rule for {said}",
    )


def no_order(subject: str, relation: str, span: Span) -> Diagnostic:
    return error("E312", span, f"`{cut(subject)}` has no order, so `{relation}` says nothing", "write `is` or `in`")


def two_facts(left: str, right: str, span: Span) -> Diagnostic:
    return error(
        "E313",
        span,
        f"`{cut(left)}` and `{cut(right)}` are both facts",
        "compare a fact with a value or a row's column",
    )


def no_unit(what: str, span: Span) -> Diagnostic:
    return error(
        "E314",
        span,
        f"it is not said what `{cut(what)}` is counted in",
        "write the unit: `unit seat`, or `per seat` in its price",
    )


def mixed(what: str, first: str, second: str, span: Span) -> Diagnostic:
    return error(
        "E315", span, f"`{cut(what)}` is priced {first} and {second}: they are never added", "make two products of it"
    )


def bad_decimals(text: str, span: Span) -> Diagnostic:
    return error("E316", span, f"a unit has 0 to 6 decimals, not `{cut(text)}`", "write `hour hours to 2 decimals`")


def no_range(path: str, kind: str, span: Span) -> Diagnostic:
    return error(
        "E312", span, f"`{cut(path)}` is {noun(kind)}, which has no order and no bounds", f"write {kind} alone"
    )


def range_reversed(span: Span) -> Diagnostic:
    return error("E317", span, "this range ends before it begins", "write the lower end first")


def fraction_of_unit(text: str, unit: str, span: Span) -> Diagnostic:
    return error(
        "E318",
        span,
        f"`{cut(text)}`: {unit} are whole",
        f"write a whole number, or declare decimals for {unit} in `units`",
    )


def always_known(path: str, span: Span) -> Diagnostic:
    return warning(
        "W609", span, f"`{path}` is required, so it is always known", "declare it optional, or leave this out"
    )


# ---------------------------------------------------------------- E4: tables and files


def no_file(name: str, span: Span, near: Near) -> Diagnostic:
    return error("E401", span, f"the book has no file `{cut(name)}`", near.help("put it beside this file"))


def not_utf8(file: str, line: int) -> Diagnostic:
    return error("E402", Span(file, line), "this file is not UTF-8 text from this line on", "save it as UTF-8")


def csv_broken(span: Span, reason: str, fix: str = "quote cells that hold commas, quotes or line ends") -> Diagnostic:
    return error("E403", span, f"this file cannot be read as CSV: {reason}", fix)


def row_width(span: Span, got: int, wanted: int) -> Diagnostic:
    return error(
        "E404",
        span,
        f"this row has {got} cells, the head has {wanted}",
        "write a cell for every column, even an empty one",
    )


def open_quote(text: str, span: Span) -> Diagnostic:
    return error(
        "E106", span, f"the quotes of `{cut(text)}` do not go around it", "write one text between two quotes, or none"
    )  # fmt: skip


def no_column(name: str, where: str, span: Span, near: Near) -> Diagnostic:
    return error("E405", span, f"{where} has no column `{cut(name)}`", near.help())


def no_head(name: str, where: str, span: Span, near: Near, own: str) -> Diagnostic:
    """A column that a file or table does not have; a head that is no name is shown as it is to be written, after `own`."""
    plain = not near.best or re.fullmatch(r"[a-z][a-z0-9_]*", near.best)
    fix = near.help() if plain else f'the file has `{cut(near.best)}`: write {own}"{cut(near.best)}"'
    return error("E405", span, f"{where} has no column `{cut(name)}`", fix)


def cell(column: str, reason: str, span: Span) -> Diagnostic:
    return error("E406", span, f"column `{cut(column)}`: {reason}")


def empty_cell(column: str, span: Span) -> Diagnostic:
    return error("E407", span, f"column `{cut(column)}` is empty here", "fill the cell, or declare the column optional")


def key_twice(key: str, span: Span, first: Span) -> Diagnostic:
    return error(
        "E408", span, f"`{cut(key)}` is already the key of line {first.line}", "a key names one row: change one of them"
    )


def unknown_cell(what: str, value: str, column: str, span: Span, near: Near) -> Diagnostic:
    return error("E409", span, f"column `{cut(column)}`: there is no {what} `{cut(value)}`", near.help())


def too_large(what: str, limit: str, span: Span) -> Diagnostic:
    return error(
        "E410", span, f"{what} is too large: at most {limit}", "split it, or leave out what the book does not use"
    )


def undeclared_column(name: str, span: Span, near: Near) -> Diagnostic:
    return error(
        "E411",
        span,
        f"column `{cut(name)}` is not declared",
        near.help(f"add a line under the table: {cut(name)}: text"),
    )


def column_use(name: str, reason: str, span: Span, fix: str) -> Diagnostic:
    return error("E412", span, f"column `{cut(name)}` {reason}", fix)


def list_needs(what: str, kind: str, span: Span) -> Diagnostic:
    return error(
        "E413",
        span,
        f"a {kind} list has one column of {what}",
        f"declare one: {'sku: product' if what == 'product' else 'amount: money per piece'}",
    )


def head_twice(name: str, file: str, span: Span) -> Diagnostic:
    return error("E416", span, f"`{file}` has two columns `{cut(name)}`", "give one of them another name")


def no_join(table: str, rows: str, span: Span) -> Diagnostic:
    fix = f"declare a column of `{table}` as a join, such as: offer_id: {rows}.offer_id"
    return error("E415", span, f"no column of `{table}` joins it to the rows of `{rows}`", fix)


# ---------------------------------------------------------------- E5: rules, steps, tiers, prices


def no_days(span: Span) -> Diagnostic:
    return error(
        "E501",
        span,
        "these dates hold no day: they end before they begin",
        "`until` is the first day after, `through` the last day",
    )


def prices_overlap(what: str, product: str, span: Span, other: Span, day: str) -> Diagnostic:
    return error(
        "E502", span, f"`{cut(product)}` has two {what}s on {day}: the other is at {other.file}:{other.line}",
        "let one end where the other begins",
    )  # fmt: skip


def wrong_step(kind: str, step: str, span: Span) -> Diagnostic:
    if kind == "floor":
        return error("E503", span, f"a floor stands in the step `floor`, not in `{step}`", "write: floor NAME on ...")
    return error(
        "E503", span, f"{a(kind)} cannot stand in the step `{step}`", "declare a step of its own for it in `steps`"
    )


def idle_base(text: str, span: Span, reason: str) -> Diagnostic:
    return error("E532", span, f"`{text}` says nothing here: {reason}", "leave it out")


def percent_of(span: Span) -> Diagnostic:
    return error("E109", span, "this does not say what the percent is of", "for example: add 5% of list")


def amount_of(shown: str, span: Span) -> Diagnostic:
    return error(
        "E532",
        span,
        f"`{cut(shown)}` is an amount for each unit, not a part of something",
        "leave `of` and what follows out",
    )


def outside(name: str, rules: str, known: Iterable[str], span: Span) -> Diagnostic:
    return error(
        "E533", span, f"`{cut(name)}` is not among the products of {rules}, and an exception only narrows them",
        f"its products are: {listed(known)}",
    )  # fmt: skip


def counts_differ(column: str, declared: str, said: str, span: Span) -> Diagnostic:
    return error(
        "E412",
        span,
        f"column `{cut(column)}` is declared per {declared}, and this is per {said}",
        "say it in one place",
    )


def wrong_give(kind: str, wants: str, span: Span) -> Diagnostic:
    return error("E504", span, f"this is not what {a(kind)} gives", f"write {wants}")


def bad_tier(value: str, span: Span, example: str) -> Diagnostic:
    return error("E504", span, f"column `{value}` does not hold this", f"write {example}")


def compounding_base(step: str, span: Span) -> Diagnostic:
    return error(
        "E505", span, f"the step `{step}` compounds, so a percent in it is of the running price",
        "write `off running price`, or let the step be additive",
    )  # fmt: skip


def compounding_amount(step: str, span: Span) -> Diagnostic:
    return error(
        "E505",
        span,
        f"the step `{step}` compounds percents: an amount cannot stand in it",
        "put it in a step of its own",
    )


def price_adds(step: str, combine: str, span: Span) -> Diagnostic:
    return error(
        "E505",
        span,
        f"the step `{step}` is {combine}: a set price cannot stand in it",
        "let the step be `one only` or `best of`",
    )


def not_earlier(base: str, step: str, span: Span) -> Diagnostic:
    return error(
        "E506", span, f"`{base}` does not come before the step `{step}`", "name an earlier step, or `running price`"
    )


def tier_start(text: str, span: Span, number: str) -> Diagnostic:
    return error("E504", span, f"`{cut(text)}` is not where a tier begins", f"write the number alone: {cut(number)}")


def not_ascending(previous: str, span: Span) -> Diagnostic:
    return error(
        "E507",
        span,
        f"this tier does not begin above the one before, {previous}",
        "order the rows by their lower bound",
    )


def from_decimal(unit: str, span: Span) -> Diagnostic:
    return error("E508", span, f"`from` counts whole units, and {unit} have decimals", "write the column as `above`")


def tier_head(text: str, span: Span, wanted: str) -> Diagnostic:
    return error("E509", span, f"a tier table has no column `{cut(text)}` here", f"write {wanted}")


def no_tier_column(wanted: str, span: Span) -> Diagnostic:
    return error(
        "E509", span, f"this tier table has no column `{wanted}`", "the head is, for example: seats from | off"
    )


def no_rows(span: Span) -> Diagnostic:
    return error("E510", span, "this table has no rows", "write at least one")


def tiers_by(text: str, span: Span) -> Diagnostic:
    return error("E511", span, f"tiers cannot go by `{cut(text)}`", "write `by quantity`")


def missing_clause(what: str, span: Span, fix: str) -> Diagnostic:
    return error("E512", span, what, fix)


def whole_margin(span: Span) -> Diagnostic:
    return error("E308", span, "no price leaves a margin of 100%", "write a percent below 100%")


def one_give(span: Span) -> Diagnostic:
    return error("E513", span, "a rule gives one thing", "make a rule of its own for this line")


def no_price(product: str, span: Span) -> Diagnostic:
    return error("E514", span, f"`{cut(product)}` has no price", "add a `price` line, or a row in a price list")


def no_cost(product: str, measure: str, span: Span, more: int) -> Diagnostic:
    others = f" (nor {more} more)" if more else ""
    return error(
        "E515",
        span,
        f"a floor by {measure} needs a cost, and `{cut(product)}` has none{others}",
        "add `cost`, or a cost list",
    )


def exception_step(name: str, step: str, span: Span) -> Diagnostic:
    return error(
        "E516",
        span,
        f"`{name}` stands in the step `{step}`: an exception stands in the same one",
        f"write: {step} exception ...",
    )


def exception_cycle(name: str, span: Span) -> Diagnostic:
    return error(
        "E517",
        span,
        f"`{name}` comes back to itself through its exceptions, or is too long a chain of them",
        "an exception replaces a rule that stands without it",
    )


def exception_kinds(span: Span) -> Diagnostic:
    return error("E518", span, "this exception is to rules of different kinds", "write one exception for each kind")


def exception_wide(span: Span) -> Diagnostic:
    return error(
        "E519",
        span,
        "an exception with rows to a rule with rows makes too many cases",
        "write its conditions without rows",
    )


def overlap(one: str, other: str, step: str, witness: str, span: Span, where: Span) -> Diagnostic:
    same = one == other
    place = f"{where.file}:{where.line}"
    what = f"two rows of `{one}` (the other is at {place})" if same else f"`{other}` and `{one}` ({place})"
    fix = (
        "narrow one of them"
        if same
        else "narrow one, write one as an exception to the other, or let the step be `best of`"
    )
    return error(
        "E520", span, f"{what} both apply in the step `{step}`, which takes one only",
        f"both apply to: {witness}; {fix}",
    )  # fmt: skip


def condition_size(span: Span) -> Diagnostic:
    return error("E521", span, "this condition is too large", "split the rule, or use a table with a row per case")


def figure_place(name: str, span: Span) -> Diagnostic:
    return error(
        "E522",
        span,
        f"`{name}` is a figure of the priced quote: it stands alone or joined by `and`",
        "write a `when` line for each alternative",
    )


def figure_relation(name: str, span: Span) -> Diagnostic:
    return error(
        "E522",
        span,
        f"`{name}` is a figure: compare it with one value",
        f"write `{name} > 15%` or `{name} >= 1_000 EUR`",
    )


def figure_in_rule(name: str, span: Span) -> Diagnostic:
    return error(
        "E523",
        span,
        f"`{name}` is known only when the quote is priced, so no price can hang on it",
        "use it in an `approval`",
    )


def needs_nobody(span: Span) -> Diagnostic:
    return error("E524", span, "this does not say who is asked", "write `needs deal_desk`")


def expect_what(text: str, span: Span, near: Near) -> Diagnostic:
    return error(
        "E525",
        span,
        f"nothing is called `{cut(text)}` in a priced quote",
        near.help("for example `seat.unit`, `quote.per_month`, `applied`"),
    )


def expect_value(what: str, span: Span, example: str) -> Diagnostic:
    return error("E526", span, f"`{cut(what)}` cannot be compared with this", f"write {example}")


def test_needs(what: str, span: Span, example: str) -> Diagnostic:
    return error("E527", span, f"there is no {what} here", f"write {example}")


def fact_place(path: str, span: Span, on_line: bool) -> Diagnostic:
    fix = "say it after `quote on ...`" if on_line else "say it on the `line`"
    return error("E531", span, f"`{path}` does not belong here", fix)


def line_not_in_test(name: str, span: Span, near: Near) -> Diagnostic:
    return error("E528", span, f"this test has no line of `{cut(name)}`", near.help())


def row_needs(what: str, example: str, span: Span) -> Diagnostic:
    return error("E527", span, f"this row has no {what}", f"write {example}")


def example_column(name: str, span: Span, near: Near) -> Diagnostic:
    return error(
        "E529", span, f"`{cut(name)}` is no fact, unit or expectation", near.help("for example `on`, `seats`, `= unit`")
    )


def ambiguous(name: str, span: Span, known: Iterable[str]) -> Diagnostic:
    return error("E530", span, f"`{cut(name)}` could be several facts", f"write one of: {listed(known)}")


def more(count: int, span: Span) -> Diagnostic:
    return error("E599", span, f"and {count:,} more mistakes", "mend these first")


# ---------------------------------------------------------------- W6: doubts


def price_gap(what: str, product: str, first: str, last: str, span: Span) -> Diagnostic:
    return warning(
        "W601",
        span,
        f"`{cut(product)}` has no {what} from {first} through {last}",
        "let the earlier one last until this one begins",
    )


def idle_step(name: str, span: Span) -> Diagnostic:
    return warning("W602", span, f"no rule stands in the step `{name}`", "leave it out until one does")


def never(name: str, why: str, span: Span) -> Diagnostic:
    return warning("W603", span, f"`{cut(name)}` can never apply: {why}", "mend it or leave it out")


def maybe_unknown(path: str, span: Span) -> Diagnostic:
    return warning("W604", span, f"this also holds while `{path}` is unknown", f"add: and {path} is known")


def late_tier(text: str, first: str, span: Span) -> Diagnostic:
    return warning(
        "W605",
        span,
        f"below {text} this table has no tier, so nothing is charged or given there",
        f"begin with a row for {first}",
    )


def rows_never(name: str, label: str, more: int, span: Span) -> Diagnostic:
    others = f" (nor {more} more rows)" if more else ""
    return warning(
        "W611",
        span,
        f"`{cut(name)}` has no product for {cut(label)}{others}",
        "join products to the row, or leave it out",
    )


def binds_nothing(column: str, rule: str, span: Span) -> Diagnostic:
    return warning(
        "W612", span, f"column `{cut(column)}` is named like a fact and is no key, so it limits nothing in `{rule}`",
        f"declare it `key`, or ask for it: when {cut(column)} is row.{cut(column)}",
    )  # fmt: skip


def no_price_then(name: str, span: Span) -> Diagnostic:
    return warning(
        "W606",
        span,
        f"no product of `{cut(name)}` has a price on any of its dates",
        "has the rule expired? leave it out, or mend its dates",
    )


def not_compared(step: str, span: Span) -> Diagnostic:
    return warning(
        "W607",
        span,
        f"the step `{step}` has too many rules to compare all of them",
        "overlaps not found here are errors when a quote meets them",
    )


def not_sold(what: str, value: str, column: str, span: Span, near: Near) -> Diagnostic:
    fix = (
        f"did you mean `{near.best}`? if it is no longer sold, leave the row out" if near.best else "leave the row out"
    )
    return warning(
        "W610",
        span,
        f"column `{cut(column)}`: the book sells no {what} `{cut(value)}`, so this row reaches nothing",
        fix,
    )
