"""Prices quotes with the kernels: the fast twin of `interpret`, and what the service and the command line call.

A book that says more than the kernels can run (`plan.reach`) is priced by `interpret` itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from engine.lang.book import Fact
from engine.plan import layout as at
from engine.plan.exchange import CURRENCY
from engine.plan.plan import Plan
from engine.plan.whole import GRANT
from engine.pricing import interpret
from engine.pricing.answer import answered, assemble
from engine.pricing.exchange import is_foreign, price_foreign
from engine.pricing.interpret.gives import may_grant
from engine.pricing.quantities import in_own_units, is_counted
from engine.pricing.quote import Applied, Line, LineError, PricedLine, PricedQuote, Quote
from engine.pricing.refusals import Fault, line_error
from engine.pricing.settled import settled
from engine.pricing.times import Timing, termed, times_of, timings_of, write
from engine.pricing.workspace import encoder_of, fault_of_line, granted_of, run, workspace
from engine.values.kinds import Kind, Value


def price_quote(plan: Plan, quote: Quote, waterfall: bool = False) -> PricedQuote:
    """Price one quote; see `price_quotes`."""
    return price_quotes(plan, [quote], waterfall)[0]


def price_quotes(plan: Plan, quotes: Sequence[Quote], waterfall: bool = False) -> list[PricedQuote]:
    """Price quotes, one answer each; quantities are within MAX_TICKS. A line that has no price says why."""
    quotes = in_own_units(plan.head, quotes)
    if plan.exchange is not None and any(is_foreign(plan, quote) for quote in quotes):
        return [_by_currency(plan, quote, waterfall) for quote in quotes]
    if plan.meaning is not None:
        answers = [interpret.price_as_it_is(plan.meaning, plan.head, quote) for quote in quotes]
        return answers if waterfall else [_bare(one) for one in answers]
    times = times_of(plan)
    quotes = termed(times, quotes)
    timings = [] if times is None else timings_of(times, quotes)
    ws = fill(plan, quotes, timings)
    noted = run(plan, ws, waterfall, np.cumsum([len(quote.lines) for quote in quotes], dtype=np.int64))
    bars = _bars(plan, noted, ws) if waterfall else None
    plain = plan.head.rounding.level != "document" and not timings and not plan.taxed and not plan.goes_below
    answers, start = [], 0
    for quote in quotes:
        end = start + len(quote.lines)
        answers.append(
            _lines(plan, quote, ws, start, end, bars)
            if plain
            else _settled(plan, quote, ws, start, bars, timings[start:end])
        )
        start = end
    return answers


def _by_currency(plan: Plan, quote: Quote, waterfall: bool) -> PricedQuote:
    """A quote by itself, in its own currency."""
    if is_foreign(plan, quote):
        return price_foreign(plan, quote, lambda other, asked: price_quote(other, asked, waterfall))
    return price_quote(plan, quote, waterfall)


def _bare(priced: PricedQuote) -> PricedQuote:
    return replace(priced, lines=tuple(replace(line, waterfall=()) for line in priced.lines))


def fill(plan: Plan, quotes: Sequence[Quote], timings: Sequence[Timing] = ()) -> np.ndarray:
    """A workspace with the lines of these quotes, one after the other, and what time does to each."""
    lines = [(quote, line) for quote in quotes for line in quote.lines]
    ws = workspace(plan, len(lines))
    index = plan.head.index
    ws[at.IN_PRODUCT] = [index.get(line.product, -1) for _, line in lines]
    ws[at.IN_QUANTITY] = [line.quantity or 0 for _, line in lines]
    ws[at.IN_DIMS + at.DATE] = [quote.date for quote, _ in lines]
    ws[at.IN_DIMS + at.GROUP] = [_group_of(plan, line) for _, line in lines]
    for dim in range(at.FACTS, len(plan.dims)):
        ws[at.IN_DIMS + dim] = _codes(plan, dim, quotes)
    write(timings, ws)
    return ws


def _codes(plan: Plan, dim: int, quotes: Sequence[Quote]) -> list[int]:
    """A fact's code for every line; the quote's is encoded once."""
    path, code = plan.dims[dim].name, encoder_of(plan, dim)
    if path.startswith(GRANT):
        return _grants(plan, path, quotes)
    codes: list[int] = []
    for quote in quotes:
        common = code(quote.facts.get(path))
        codes.extend(code(line.facts[path]) if path in line.facts else common for line in quote.lines)
    return codes


def _grants(plan: Plan, path: str, quotes: Sequence[Quote]) -> list[int]:
    """What each line is granted by hand, in millionths; -1 where that is more than the seller's role may grant."""
    limits = plan.head.grants[path.removeprefix(GRANT)]
    lines = [{**quote.facts, **line.facts} for quote in quotes for line in quote.lines]
    rates = [int(facts.get(path, 0)) for facts in lines]
    return [
        rate if may_grant(rate, facts.get("quote.role"), limits) else -1
        for rate, facts in zip(rates, lines, strict=True)
    ]


Bars = list[list[Applied]] | None


def _group_of(plan: Plan, line: Line) -> int:
    """The code of a line's group. One in a unit that it is not sold in, or of no quantity, is refused, and counts for no other."""
    if not is_counted(plan.head, line):
        return at.OTHER
    return at.UNKNOWN if line.group is None else plan.words[at.GROUP].get(line.group, at.OTHER)


def _lines(plan: Plan, quote: Quote, ws: np.ndarray, start: int, end: int, bars: Bars) -> PricedQuote:
    """Answer a quote whose lines stand at [start, end): one read of the workspace, then plain integers."""
    head, groups = plan.head, plan.words[at.GROUP]
    rows = ws[: at.OUT_COST + 1, start:end].T.tolist()
    granted = granted_of(plan, ws, start, end)
    lines = []
    for i, (line, row) in enumerate(zip(quote.lines, rows, strict=True), start):
        product, quantity, status, _, _, unit_list, unit_net, listed, net, cost = row
        if status != at.FINE or not is_counted(head, line) or (line.group is not None and line.group not in groups):
            lines.append(unpriced(plan, line, ws, i))
            continue
        lines.append(
            PricedLine(
                line.product,
                quantity,
                head.products[product].period,
                unit_list,
                unit_net,
                listed,
                net,
                None if cost == at.MISSING else cost,
                tuple(bars[i]) if bars else (),
                None,
                line.quantity is not None,
                granted[i - start],
            )
        )
    return assemble(head, quote, tuple(lines))


def unpriced(plan: Plan, line: Line, ws: np.ndarray, i: int) -> PricedLine:
    """Line i with the reason why it has no price."""
    error = line_error(plan.head, line, fault_of_line(plan, line, ws, i) or Fault("OVERFLOW"))
    return PricedLine(line.product, line.quantity or 0, "once", 0, 0, 0, 0, None, error=error)


def _settled(
    plan: Plan, quote: Quote, ws: np.ndarray, start: int, bars: Bars, timings: Sequence[Timing]
) -> PricedQuote:
    """As `_lines` for a book that rounds its totals, counts time, charges taxes or goes below the net."""
    return answered(plan.head, quote, settled(plan, quote.lines, ws, start, bars, timings))


def _bars(plan: Plan, bars: np.ndarray, ws: np.ndarray) -> list[list[Applied]]:
    by_line: list[list[Applied]] = [[] for _ in range(ws.shape[1])]
    for line, step, case, before, after in bars.T.tolist():
        by_line[line].append(applied(plan, step, case, before, after))
    return by_line


def applied(plan: Plan, step: int, case: int, before: int, after: int) -> Applied:
    """The bar that a kernel noted with these numbers."""
    head = plan.head
    below = plan.is_below(step)
    if case < 0:
        own = head.steps[step]
        return Applied(own.name, "", own.span.file, own.span.line, before, after, below=below)
    place = head.cases[case] if step > 0 else head.prices[case]
    if step == at.ROUNDING or place.rule < 0:
        return Applied("rounding" if step < 0 else "list", "", place.file, place.line, before, after)
    rule, name = head.rules[place.rule], head.steps[step].name if step else "list"
    return Applied(
        name, rule.name, place.file, place.line, before, after, place.label, rule.because, below=below
    )  # fmt: skip


# ---------------------------------------------------------------- facts as people write them


def read_facts(
    plan: Plan, facts: Mapping[str, str], scope_line: bool = False
) -> tuple[dict[str, Value], list[LineError]]:
    """Parse written facts by each fact's kind: (values by path, what is wrong with the others).

    `scope_line` reads the facts of a line: those of scope `line` only; else all others.
    """
    declared = {fact.path: fact for fact in plan.head.facts if (fact.scope == "line") == scope_line}
    values: dict[str, Value] = {}
    errors: list[LineError] = []
    for path, text in facts.items():
        if path.startswith(GRANT):
            _read_grant(plan, path, text, values, errors)
            continue
        fact = declared.get(path)
        if path == CURRENCY and fact is None and not scope_line:
            if text in plan.head.currencies:
                values[path] = text
            elif text != plan.head.currency:
                errors.append(no_such_currency(plan, text))
            continue
        if fact is None:
            errors.append(_undeclared(plan, path, list(declared.values())))
            continue
        try:
            values[path] = fact.kind.parse(text)
        except ValueError as error:
            errors.append(LineError("INVALID_FACT", f"`{path}`: {error}", f"facts.{path}"))
    return values, errors


def no_such_currency(plan: Plan, text: str) -> LineError:
    """A currency that is none of the book's."""
    known = ", ".join((plan.head.currency, *plan.head.currencies))
    return LineError(
        "INVALID_FACT", f"{plan.head.name} has no prices in `{text[:20]}`: it has {known}", f"facts.{CURRENCY}"
    )


def _read_grant(plan: Plan, path: str, text: str, values: dict[str, Value], errors: list[LineError]) -> None:
    name = path.removeprefix(GRANT)
    if name not in plan.head.grants:
        known = ", ".join(plan.head.grants) or "none"
        said = f"{plan.head.name} has no rule by hand `{name[:60]}`: it has {known}"
        errors.append(LineError("INVALID_FACT", said, f"grants.{name[:60]}"))
        return
    try:
        values[path] = Kind("percent").parse(text)
    except ValueError as error:
        errors.append(LineError("INVALID_FACT", f"`{name}`: {error}", f"grants.{name}"))


def code_facts(plan: Plan, codes: Sequence[str]) -> tuple[dict[str, Value], list[str]]:
    """Coupon codes as a quote carries them, and those that no coupon of the book asks for."""
    known: dict[str, Value] = {f"code {code}": "yes" for code in codes if code in plan.head.codes}
    return known, [code for code in codes if code not in plan.head.codes]


def _undeclared(plan: Plan, path: str, declared: list[Fact]) -> LineError:
    known = ", ".join(fact.path for fact in declared) or "none"
    return LineError(
        "INVALID_FACT", f"{plan.head.name} has no fact `{path[:60]}` here: it has {known}", f"facts.{path[:60]}"
    )
