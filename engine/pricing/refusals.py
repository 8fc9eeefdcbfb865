"""The words of every line that cannot be priced: where, what, what is allowed, what to do."""

from __future__ import annotations

from engine.plan.head import Head
from engine.pricing.quantities import invalid_quantity
from engine.pricing.quote import Line, LineError
from engine.values.kinds import MICROS, Kind

PERCENT = Kind("percent")


class Fault(Exception):
    """A line cannot be priced: the code of quote.ErrorCode, and what it is about (a fact's path, rules, cases).

    `least`: the ticks that a price begins at.
    """

    def __init__(
        self, code: str, fact: str = "", rule: int | None = None, case: int | None = None, other: int | None = None,
        least: int | None = None, why: str = "",
    ) -> None:  # fmt: skip
        super().__init__(code)
        self.code, self.fact, self.rule, self.case, self.other, self.least = code, fact, rule, case, other, least
        self.why = why


def line_error(head: Head, line: Line, fault: Fault) -> LineError:
    """Word a fault for the caller."""
    return _WORDS[fault.code](head, line, fault)


def _place(head: Head, case: int | None) -> tuple[str, str]:
    """A case's rule and where it stands."""
    if case is None:
        return "", ""
    place = head.cases[case]
    return head.rules[place.rule].name, f"`{head.rules[place.rule].name}` ({place.file}:{place.line})"


def _unknown_product(head: Head, line: Line, fault: Fault) -> LineError:
    return LineError(
        "UNKNOWN_PRODUCT",
        f"`{line.product[:60]}` is not a product of {head.name}: use a code of its catalogue",
        "product",
    )


def _no_price(head: Head, line: Line, fault: Fault) -> LineError:
    chosen = any(rule.step == 0 for rule in head.rules)
    why = " or for what is known: choose another date, or give other facts" if chosen else ": choose another date"
    return LineError("NO_PRICE", f"`{line.product}` has no list price on this date{why}", "date")


def _invalid_quantity(head: Head, line: Line, fault: Fault) -> LineError:
    product = head.products[head.index[line.product]]
    reason = invalid_quantity(head.units, product, line.quantity, line.unit, fault.least)
    return LineError("INVALID_QUANTITY", reason, "quantity" if line.unit is None else "unit")


def _invalid_fact(head: Head, line: Line, fault: Fault) -> LineError:
    return LineError(
        "INVALID_FACT", f"`{line.product}` is priced by `{fault.fact}`, which is below 0: give it without its sign;"
        " a credit is a negative quantity", f"facts.{fault.fact}",
    )  # fmt: skip


def _missing_fact(head: Head, line: Line, fault: Fault) -> LineError:
    rule = "" if fault.rule is None else head.rules[fault.rule].name
    asks = f", which rule `{rule}` asks about" if rule else f", by which `{line.product}` is priced"
    return LineError("MISSING_FACT", f"give `{fault.fact}`{asks}", f"facts.{fault.fact}", rule or None)


def _conflict(head: Head, line: Line, fault: Fault) -> LineError:
    rule, here = _place(head, fault.case)
    other, there = _place(head, fault.other)
    step = head.steps[head.rules[head.cases[fault.case or 0].rule].step].name
    return LineError(
        "CONFLICT", f"{here} and {there} both apply, and step `{step}` takes one only: the book must say which",
        "", rule, other,
    )  # fmt: skip


def _no_cost(head: Head, line: Line, fault: Fault) -> LineError:
    rule, here = _place(head, fault.case)
    here = here or "its list price"
    return LineError("NO_COST", f"{here} needs the cost of `{line.product}`, which has none on this date", "date", rule)


def _no_tax(head: Head, line: Line, fault: Fault) -> LineError:
    known = ", ".join(rule.name for rule in head.rules if rule.kind == "tax")
    return LineError("NO_TAX", f"no tax rule applies to `{line.product}` here: {head.name} has {known}", "facts")


def _no_rate(head: Head, line: Line, fault: Fault) -> LineError:
    return LineError("NO_RATE", f"`{line.product}` cannot be converted: there is no rate {fault.fact}", "currency_code")


def _overflow(head: Head, line: Line, fault: Fault) -> LineError:
    return LineError(
        "OVERFLOW", f"the price of `{line.product}` for this quantity is too large or too fine to be kept exactly"
        + (f" (step `{head.steps[fault.rule].name}`)" if fault.rule is not None else ""), "quantity",
    )  # fmt: skip


def _unknown_group(head: Head, line: Line, fault: Fault) -> LineError:
    known = ", ".join(head.groups) or "none"
    return LineError("UNKNOWN_GROUP", f"`{line.group}` is not a group of {head.name}: it has {known}", "group")


def _grant(head: Head, line: Line, fault: Fault) -> LineError:
    limits = ", ".join(
        f"{PERCENT.show(int(most * MICROS))} for {role}" for role, most in head.grants.get(fault.fact, ())
    )
    return LineError(
        "GRANT", f"`{fault.fact}` grants more than may be granted here: at most {limits or 'nothing'}",
        f"grants.{fault.fact}", fault.fact,
    )  # fmt: skip


def _denied(head: Head, line: Line, fault: Fault) -> LineError:
    denial = head.denials[fault.rule or 0]
    row = f" ({denial.label})" if denial.label else ""
    return LineError("DENIED", denial.because or f"`{denial.name}` denies this line{row}", "", denial.name)


def _invalid_term(head: Head, line: Line, fault: Fault) -> LineError:
    fix = {"line.start": "give `quote.start`", "line.term": "leave out its end or its term"}
    what = fix.get(fault.fact, "end it at a whole month" if "part" in fault.why else "mend its end")
    return LineError("INVALID_TERM", f"`{line.product}`: {fault.why}: {what}", f"facts.{fault.fact}")


_WORDS = {
    "GRANT": _grant,
    "DENIED": _denied,
    "UNKNOWN_PRODUCT": _unknown_product,
    "NO_PRICE": _no_price,
    "NO_COST": _no_cost,
    "MISSING_FACT": _missing_fact,
    "INVALID_FACT": _invalid_fact,
    "INVALID_QUANTITY": _invalid_quantity,
    "UNKNOWN_GROUP": _unknown_group,
    "CONFLICT": _conflict,
    "NO_TAX": _no_tax,
    "NO_RATE": _no_rate,
    "INVALID_TERM": _invalid_term,
    "OVERFLOW": _overflow,
}

PLAIN = {
    "UNKNOWN_PRODUCT": "this product is not in the catalogue",
    "NO_PRICE": "this product has no price on this date",
    "NO_COST": "this product cannot be priced on this date",
    "MISSING_FACT": "a fact is missing: see `field`",
    "INVALID_FACT": "a fact is not of its kind: see `field`",
    "INVALID_QUANTITY": "this quantity is not sold",
    "INVALID_DATE": "there is no such date",
    "UNKNOWN_GROUP": "there is no such group",
    "GRANT": "this is more than may be granted",
    "DENIED": "this is not sold so",
    "CONFLICT": "this product cannot be priced for this customer: its rules conflict",
    "NO_TAX": "the tax of this product is not known for this customer and date",
    "NO_RATE": "this product cannot be priced in this currency on this date",
    "INVALID_TERM": "the time this line runs cannot be counted: see `field`",
    "OVERFLOW": "this quantity cannot be priced",
}
"""What a caller is told who may not see rules."""
