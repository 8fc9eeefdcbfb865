"""What is said about names and settings: E2xx."""

from __future__ import annotations

from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
from engine.lang.words.form import Near, a, cut, error


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


def is_quote(span: Span) -> Diagnostic:
    return error("E204", span, "there is no product `quote`", "write `on the quote` for all of its lines together")
