"""An explanation in sentences: `needs line.quantity >= 50, was 43`. Made of what a role may see (`shown`), of nothing else."""

from __future__ import annotations

import re
from datetime import date, timedelta

from engine.pricing.explain.shapes import Change, Consent, Limit, LineWhy, Miss, Needs, Verdict
from engine.values.currency import written
from engine.values.kinds import MICROS, decimal

# ---------------------------------------------------------------- conditions


def needs_words(needs: Needs) -> str:
    """`needs customer.segment startup or mid_market, was enterprise`."""
    if needs.relation == "never":
        return "its condition can never hold"
    return "needs " + ", or ".join(_one(one) for one in (needs, *needs.instead))


def grouped(value: str) -> str:
    """A value with commas between its thousands; text in quotes, words and dates stay."""
    return _LONG.sub(lambda found: f"{int(found.group()):,}", value)


_LONG = re.compile(r"^-?\d{4,}(?![\d-])")


def _one(needs: Needs) -> str:
    subject, words = needs.subject, " or ".join(map(grouped, needs.wanted))
    was = None if needs.was is None else grouped(needs.was)
    if subject.startswith("code "):
        return f"the {subject}" if needs.relation == "is" else f"not the {subject}"
    match needs.relation:
        case "is" | "in":
            wanted = f"{subject} {words}"
        case "is not" | "not in":
            wanted = f"{subject} not {words}"
        case "known":
            return f"{subject} to be known, and it was not given"
        case "unknown":
            return f"{subject} not to be known, was {was}"
        case relation:
            wanted = f"{subject} {relation} {words}"
    if was is not None:
        return f"{wanted}, was {was}"
    kind = {"line.group": "group", "line.bundle": "bundle"}.get(subject)
    return f"{wanted}, and the line is in no {kind}" if kind else f"{wanted}, which was not given"


def miss_words(miss: Miss, day: int, several: bool = False) -> str:
    """Why a case did not apply; with its row or tier, where its rule has several."""
    lead = f"{miss.label}: " if several and miss.label else ""
    if miss.reason == "condition":
        return lead + (needs_words(miss.needs) if miss.needs is not None else "its condition does not hold")
    if miss.start is not None and day < miss.start:
        return f"{lead}begins {_day(miss.start)}, priced on {_day(day)}"
    last = date.fromordinal(miss.end or 1) - timedelta(1)
    return f"{lead}held through {last.isoformat()}, priced on {_day(day)}"


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


# ---------------------------------------------------------------- rules


def verdict_words(verdict: Verdict, day: int, currency: str) -> str:
    """What a rule did to the line, or why it did nothing."""
    v = verdict

    def money(micros: int | None) -> str:
        return written(micros or 0, currency)

    match v.reason:
        case "applied":
            if v.step == "list":
                return f"opens at {money(v.bars[0].after)}"
            return "; ".join(f"{money(bar.before)} -> {money(bar.after)}" for bar in v.bars)
        case "nothing":
            return "applies, and changes nothing" + (f": {v.gives}" if v.gives else "")
        case "product":
            return "is not on this product"
        case "dates" | "condition":
            near = list(dict.fromkeys(miss_words(miss, day, True) for miss in v.misses))
            return "; ".join(near)
        case "replaced":
            return f"replaced by exception {v.by}"
        case "without":
            return f"is an exception to {v.by}, which does not apply"
        case "outbid" if v.leaves is None:
            return f"{v.by} is better" if v.by else "another is better"
        case "outbid" if v.gives and v.by_gives:
            return f"{v.by_gives} ({v.by}) beats its {v.gives}: {money(v.other)}, not {money(v.leaves)}"
        case "outbid":
            return f"{v.by} leaves {money(v.other)}, this {money(v.leaves)}"
        case "tied":
            return f"{v.by} leaves as much, and its name comes first"
        case "passed":
            return f"{v.by or 'the price of the product'} comes first in this step"
        case "above" if v.leaves is None:
            return "the price is not below this floor"
        case "above":
            return f"the price, {money(v.other)}, is not below this floor, {money(v.leaves)}"
        case "lower" if v.leaves is None:
            return f"{v.by} is a higher floor"
        case "lower":
            return f"{v.by} is a higher floor: {money(v.other)}, not {money(v.leaves)}"
        case "alone":
            return f"{v.by} stands alone in this step"
        case "closed":
            return f"{v.by} leaves nothing to this step" if v.by else "nothing happens to this line in this step"
        case "conflict":
            return f"{v.by} applies, too, and the step takes one only"
        case _:
            return "its conditions hold, and the line has no price"


# ---------------------------------------------------------------- what would change the price


def change_words(change: Change, line: LineWhy, currency: str) -> str:
    """`7 more seats (50): 43.12 per seat, the line 2,156.00, 154.35 more in all: seats_volume (seats from 50)`."""
    lead = change_lead(change, line)
    if change.error is not None:
        return f"{lead}: no price ({change.error})"
    said = f"{lead}: {written(change.unit_net, currency)} per {line.unit}, {total_words(change, currency)}"
    rules = rules_words(change)
    return f"{said}; {rules}" if rules else said


def change_lead(change: Change, line: LineWhy) -> str:
    """What would be said differently: `7 more seats (50)`, `customer.segment startup`, `on 2027-01-01`."""
    if change.kind == "quantity":
        by = int(_ticks(change.by))
        unit = line.unit if abs(by) == MICROS else line.units
        grows = (by > 0) == (line.priced.quantity >= 0)
        return f"{grouped(decimal(abs(by)))} {'more' if grows else 'fewer'} {unit} ({grouped(change.values[0])})"
    if change.kind == "date":
        return f"on {change.values[0]} ({change.by} later)"
    if change.kind == "code":
        return f"with the {change.what}"
    return f"{change.what} {' or '.join(map(grouped, change.values))}"


def total_words(change: Change, currency: str) -> str:
    """`the line 2,156.00, 154.35 more in all`."""
    more = abs(change.net_change)
    if not more:
        return f"the line {written(change.net_amount, currency)} as now"
    way = "more" if change.net_change > 0 else "less"
    return f"the line {written(change.net_amount, currency)}, {written(more, currency)} {way} in all"


def rules_words(change: Change) -> str:
    """`with startup_programme, without spender, asks deep_discount`."""
    parts = [
        f"{word} {', '.join(names)}"
        for word, names in (("with", change.began), ("without", change.ended), ("asks", change.asks))
        if names
    ]
    return ", ".join(parts)


def _ticks(by: str | None) -> int:
    whole, _, part = (by or "0").lstrip("+").partition(".")
    size = abs(int(whole)) * MICROS + int(part.ljust(6, "0") or 0)
    return -size if whole.startswith("-") else size


# ---------------------------------------------------------------- approvals


def consent_words(consent: Consent, currency: str) -> str:
    """`quote.discount is 24%, 9 points past 15%; a net of 2,082.50 (15% off list) would not ask`."""
    parts = [_limit(limit) for limit in consent.limits]
    if consent.needs is not None:
        parts.append(needs_words(consent.needs))
    if consent.asks and consent.lowest_net is not None:
        least = consent.payable if consent.payable is not None else consent.lowest_net
        off = f" ({consent.largest_discount} off list)" if consent.largest_discount else ""
        parts.append(f"a net of {written(least, currency)}{off} would not ask")
    if consent.asks and consent.highest_net is not None:
        parts.append(f"a net of at most {written(consent.highest_net, currency)} would not ask")
    return "; ".join(parts)


def _limit(limit: Limit) -> str:
    if limit.was is None:
        known = f"{'past' if limit.holds else 'within'} its limit" if limit.hidden else "not known"
        return f"{limit.measure} is {known}"
    if limit.holds:
        return f"{limit.measure} is {limit.was}" + ("" if limit.relation == "=" else f", {limit.by} past {limit.limit}")
    return f"{limit.measure} is {limit.was}, and {limit.relation} {limit.limit} asks"


def about_words(consent: Consent) -> str:
    """`the quote`, `line 2`."""
    return "the quote" if consent.number is None else f"line {consent.number}"
