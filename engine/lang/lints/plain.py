"""Whether a part of a book is no more than what a lint knows of it: every field beyond those is at its default."""

from __future__ import annotations

from engine.lang.book import Amount, AtLeast, Give, Percent, Price, Rule, SetPrice, Step, Tier, Tiers


def plain_rule(rule: Rule) -> bool:
    """A rule that applies wherever a case of it does: not alone, not final."""
    return rule == Rule(
        rule.name, rule.kind, rule.step, rule.cases, rule.span, rule.exception_to, rule.because, rule.title
    )


def plain_step(step: Step) -> bool:
    """A step that only combines its rules."""
    return step == Step(step.name, step.combine, step.span)


def plain_price(price: Price) -> bool:
    """An amount a unit."""
    return price == Price(price.amount)


def plain_tiers(price: Price) -> Tiers | None:
    """The tiers of a price that is nothing else, each so much a unit and a flat."""
    tiers = price.tiers
    if tiers is None or price != Price(price.amount, tiers) or tiers != Tiers(tiers.mode, tiers.rows):
        return None
    rows = (Tier(row.start, row.inclusive, row.amount, row.span, row.flat) for row in tiers.rows)
    return tiers if tiers.rows == tuple(rows) else None


def plain_give(give: Give) -> bool:
    """A percent, an amount a unit, a price a unit or a floor."""
    match give:
        case Percent(rate, of):
            return of.kind in ("list", "running", "after") and give == Percent(rate, of)
        case Amount(micros):
            return give == Amount(micros)
        case SetPrice(price):
            return plain_price(price) and give == SetPrice(price)
        case AtLeast(kind, value):
            return kind in ("amount", "of_list", "margin", "markup") and give == AtLeast(kind, value)
        case _:
            return False
