"""What is said in doubt: W6xx."""

from __future__ import annotations

from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
from engine.lang.words.form import Near, cut, warning


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
    return warning(
        "W604", span, f"this also holds while `{path}` is unknown, since it is optional",
        f"if it must be known, add: and {path} is known; if it need not, say so: or {path} is not known",
    )  # fmt: skip


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
