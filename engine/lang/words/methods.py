"""What is said about ways to price and to sell: packages, blocks, free units, multiples, units of a kind (E54x, E32x, W62x)."""

from __future__ import annotations

from collections.abc import Iterable

from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
from engine.lang.words.form import cut, error, listed, warning


def unit_of_itself(name: str, span: Span) -> Diagnostic:
    return error(
        "E321", span, f"`{cut(name)}` is made of itself in the end", "let one unit of the kind be made of no other"
    )


def unit_of_nothing(name: str, times: str, span: Span) -> Diagnostic:
    return error(
        "E322", span, f"`{cut(name)}` cannot be made of {cut(times)}", "write how many it holds, such as 5 pieces"
    )


def several_units(shown: str, units: Iterable[str], span: Span) -> Diagnostic:
    return error(
        "E323", span, f"`{cut(shown)}`: this is also for what is counted in {listed(units)}, which differ in size",
        "write one for the products of each unit",
    )  # fmt: skip


def not_exact(shown: str, unit: str, near: str, span: Span) -> Diagnostic:
    return error("E324", span, f"`{cut(shown)}` is no exact number of {unit}", f"write {near}")


def started_here(what: str, span: Span) -> Diagnostic:
    return error(
        "E540", span, f"`per started` is a way to charge for packages, and {what} is per unit",
        "leave `started` out: a part of so many then counts in part",
    )  # fmt: skip


def overage_of_nothing(span: Span) -> Diagnostic:
    return error(
        "E541", span, "an overage is for what is above the last block, and no `price block` stands here",
        "write `price block` and its rows, or leave the overage out",
    )  # fmt: skip


def block_per_unit(unit: str, span: Span) -> Diagnostic:
    return error(
        "E541", span, f"the price of a block is for all of it, not per `{cut(unit)}`",
        "leave the unit out; for a price per unit write `price tiers all units`",
    )  # fmt: skip


def part_of_measure(own: str, measure: str, span: Span) -> Diagnostic:
    return error(
        "E542", span, f"`from` names the first whole {measure} of a tier, and a {own} is not a whole number of them",
        "write the column as `above`",
    )  # fmt: skip


def nothing_left(what: str, least: str, most: str, span: Span) -> Diagnostic:
    return error("E543", span, f"nothing can be {what}: the least is {least} and the most {most}", "mend one of them")


def no_bound(shown: str, span: Span) -> Diagnostic:
    return error(
        "E544", span, f"`{cut(shown)}` is no bound of a quantity or a price", "write a quantity above 0, or an amount"
    )


def zero_without_flat(span: Span) -> Diagnostic:
    return error(
        "E545", span, "`flat at zero` has nothing to charge: this table has no column `flat`",
        "add the column, or leave `flat at zero` out",
    )  # fmt: skip


def free_of_nothing(shown: str, reason: str, fix: str, span: Span) -> Diagnostic:
    return error("E546", span, f"`first {cut(shown)} free` says nothing here: {reason}", fix)


def tiers_by_fact(path: str, reason: str, span: Span) -> Diagnostic:
    return error(
        "E547", span, f"prices cannot go by `{cut(path)}`: {reason}",
        "declare an amount of the line, such as `line.amount: money`, or go by quantity",
    )  # fmt: skip


def percent_measure(span: Span) -> Diagnostic:
    return error(
        "E548", span, "a price of percents does not say what they are of",
        "write `price tiers graduated by line.amount`, and declare that fact",
    )  # fmt: skip


def which_unit(shown: str, units: Iterable[str], span: Span) -> Diagnostic:
    one, other = units
    return error(
        "E549",
        span,
        f"`{cut(shown)}` could be per {one} or per {other}",
        f"write {cut(shown)} per {one}, or per {other}",
    )


def no_multiple(least: str, step: str, first: str, span: Span) -> Diagnostic:
    return warning(
        "W620", span, f"{least} is no multiple of {step}", f"the least that can be sold is {first}: write that"
    )
