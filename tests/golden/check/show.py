"""A settled book as text, to read in a diff: what pricing will see, without spans."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from engine.lang import book as b
from engine.lang import configurable as c
from engine.values.money import PerCurrency


def show(book: b.Book) -> str:
    """The whole book, a thing a line."""
    rounding = book.rounding
    lines = [f"{book.name}: {book.currency}, {book.zone}, round {rounding.mode} to {rounding.step} at {rounding.level}"]
    if book.timed:
        lines.append(f"time counts: {book.prorate or 'whole months'}")
    lines += [
        f"fact {fact.path}: {fact.kind.name}{' optional' if fact.optional else ''} from {fact.source}"
        for fact in book.facts
    ]
    if book.currencies:
        lines.append(f"also in {', '.join(book.currencies)}")
        lines += [f"rate {r.source} to {r.target} {dates(r.start, None)}{number(r.rate)}" for r in book.rates]
    if any(rule.kind == "tax" for rule in book.rules):
        lines.append(f"prices {'include' if book.prices_include_tax else 'exclude'} tax, rounded at {book.tax_level}")
    for product in book.products:
        families = ", ".join(book.families[index] for index in product.families)
        never = " never discounted" if product.never_discounted else ""
        lines.append(
            f"product {product.code}: per {book.units[product.unit].name}, {product.period} [{families}]{never}"
        )
        lines += [f"  price {dates(p.start, p.end)}{price(p.price)}" for p in product.prices]
        lines += [f"  {code} price {dates(p.start, p.end)}{price(p.price)}" for code, own in product.own for p in own]
        if product.tax_class != "standard":
            lines.append(f"  taxed as {product.tax_class}")
        lines += [f"  cost {dates(p.start, p.end)}{price(p.price)}" for p in product.costs]
        lines += [f"  {name} {value}" for name, value in product.settings]
        lines += [f"  prorate {product.prorate}"] if product.prorate else []
        lines += [f"  {ramp(product.ramp)}"] if product.ramp else []
        if product.sold is not None:
            lines.append(f"  sold in {product.sold.step}s, {product.sold.least} to {product.sold.most}")
        if product.clamp is not None:
            lines.append(f"  a line costs {product.clamp.least} to {product.clamp.most}")
    lines.append("steps " + ", ".join(f"{step.name} ({step.combine}{chosen(step)})" for step in book.steps))
    for rule in book.rules:
        instead = f" instead of {', '.join(rule.exception_to)}" if rule.exception_to else ""
        lines.append(f"{book.steps[rule.step].name} {rule.kind} {rule.name}{instead}")
        lines += [f"  {case_line(book, case)}" for case in rule.cases]
    for approval in book.approvals:
        lines.append(f"approval {approval.name}{goods(book, approval.products)}")
        for each in approval.cases:
            figures = " and ".join(f"{f.measure} {f.relation} {number(f.value)}" for f in each.figures)
            asked = ", then ".join(" and ".join(stage) for stage in each.needs)
            lines.append(f"  {figures} / {condition(each.when)} needs {asked}")
    for bundle in book.bundles:
        lines += bundled(bundle)
    for test in book.tests:
        lines.append(f"test {test.name} on {date.fromordinal(test.on)}: {given(test.facts)}")
        lines += [
            f"  line {line.product} {line.quantity} {line.group or ''} {given(line.facts)}".rstrip()
            for line in test.lines
        ]
        lines += [f"  expect {each.what} = {each.value}" for each in test.expect]
    return "\n".join(lines) + "\n"


def bundled(bundle: c.Bundle) -> list[str]:
    """A bundle, a thing a line."""
    kind = "features" if bundle.shared else "bundle"
    return [
        f"{kind} {bundle.name}{' with ' if bundle.features else ''}{', '.join(bundle.features)}",
        *(f"  attribute {a.name}: {numbers(a.numbers) if a.numbers else '|'.join(a.values)}{' open' if a.asked else ''}, {a.default}" for a in bundle.attributes),
        *(f"  part {p.name}: {p.low} to {p.high} of {'|'.join(m.code + '*' * m.bundle for m in p.members)}, {numbers(p.each)}, {p.default}" for p in bundle.parts),
        *(f"  {rule_of(r.asks)} / {r.because}" for r in bundle.rules),
        *(f"  prefer {holds(p.holds)} when {holds(p.when)} / {p.because}" for p in bundle.preferences),
        *(f"  {m.severity} {m.says} when {holds(m.when)}" for m in bundle.messages),
        *(f"  {s.how} {', '.join(map(holds, s.of))} when {holds(s.when)} / {s.because}" for s in bundle.shown),
    ]  # fmt: skip


def numbers(said: c.Numbers) -> str:
    """`5000000..10000000 by 1000000`."""
    return f"{said.low}..{said.high} by {said.step}"


def rule_of(asks: c.Must | c.HowMany | c.Total | c.Allowed) -> str:
    """What a rule of a bundle asks."""
    match asks:
        case c.Must(of):
            return f"must {holds(of)}"
        case c.HowMany(of, low, high, when):
            return f"{low} to {high} of {', '.join(map(holds, of))} when {holds(when)}"
        case c.Total(terms, low, high, when):
            sums = " + ".join(f"{t.weight} {t.path or t.what} of {'|'.join(t.of) or 'all'}{costs(t)}" for t in terms)
            return f"{low} <= {sums} <= {high} when {holds(when)}"
        case c.Allowed(columns, rows):
            cells = "; ".join(", ".join("any" if cell is None else holds(cell) for cell in row) for row in rows)
            return f"allowed {', '.join(columns)}: {cells}"


def costs(term: c.Term) -> str:
    """What products cost in a sum."""
    return f" ({', '.join(f'{code} {amount}' for code, amount in term.each)})" if term.each else ""


def holds(said: c.Holds) -> str:
    """A condition of a bundle."""
    match said:
        case c.Has(path, values):
            return f"{path} is {'|'.join(sorted(values))}"
        case c.Counts(path, low, high):
            return f"{path} in {'' if low is None else low}..{'' if high is None else high}"
        case c.Known(path):
            return f"{path} known"
        case c.Lacks(of):
            return f"not ({holds(of)})"
        case c.Every(of):
            return "(" + " and ".join(map(holds, of)) + ")" if of else "always"
        case c.Alike(one, other):
            return "(" + " or ".join(f"{holds(a)} & {holds(b)}" for a, b in zip(one, other, strict=True)) + ")"
        case c.Some(of):
            return "(" + " or ".join(map(holds, of)) + ")" if of else "never"


def chosen(step: b.Step) -> str:
    """How a step chooses and rounds."""
    ways = [each if isinstance(each, str) else f"from {each.names}" for each in step.choice]
    rounds = step.rounding
    return "".join(f", {way}" for way in ways) + (f", {rounds.mode} {rounds.step} {rounds.plus:+}" if rounds else "")


def given(facts: tuple[tuple[str, str | int], ...]) -> str:
    """Facts of a test."""
    return ", ".join(f"{path} {value}" for path, value in facts)


def number(value: Fraction) -> str:
    """A whole number or a ratio, and what it is in other currencies."""
    if isinstance(value, PerCurrency):
        return f"{Fraction(value)} ({', '.join(f'{amount} {code}' for code, amount in value.own.items())})"
    return str(value)


def dates(start: int | None, end: int | None) -> str:
    """`from D until D `, or nothing."""
    first = f"from {date.fromordinal(start)} " if start else ""
    return first + (f"until {date.fromordinal(end)} " if end else "")


def price(said: b.Price) -> str:
    """An amount, its tiers, or what it hangs on."""
    if said.accrual is not None:
        accrual = said.accrual
        rate = tiers(accrual.tiers) if accrual.tiers else number(accrual.rate)
        return f"{rate} of {accrual.of}, {accrual.count or 'once'}"
    if said.tariff is not None:
        hours = "".join(map(str, said.tariff.hours))
        days = " ".join(hours[at : at + 24] for at in range(0, len(hours), 24))
        return f"by {said.tariff.at}: {', '.join(map(number, said.tariff.prices))} at {days}"
    if said.markup is not None:
        return f"cost plus {number(said.markup)}"
    if said.share is not None:
        share = said.share
        of = f"{number(share.rate)} of {sorted(share.products or ())} {share.group or ''}".rstrip()
        return f"{of} at {'net' if share.at is None else share.at}, {share.least} to {share.most}"
    return tiers(said.tiers) if said.tiers else number(said.amount)


def ramp(said: b.Ramp) -> str:
    """A ramp in a line."""
    if said.every is not None:
        return f"ramp every {said.every} months, each {number(said.factor)} times the one before"
    rows = (f"{s.months}: {f'x {s.factor}' if s.price is None else number(s.price)}" for s in said.segments)
    return f"ramp ({', '.join(rows)})"


def tiers(said: b.Tiers) -> str:
    """Tiers in a line."""
    rows = ", ".join(tier(row) for row in said.rows)
    more = [
        f"of {said.by}" if said.by else "", f"{said.scale} to a unit" if said.scale != 1 else "",
        f"first {said.free} free" if said.free else "", "flat at zero" if said.flat_at_zero else "",
        f"overage {tier(said.overage)}" if said.overage else "",
    ]  # fmt: skip
    return " ".join([said.mode, *filter(None, more), f"({rows})"])


def tier(row: b.Tier) -> str:
    """A row."""
    package = f" per started {row.package}" if row.package else ""
    return f"{'from' if row.inclusive else 'above'} {row.start}: {number(row.amount)}{package} + {number(row.flat)}"


def goods(book: b.Book, products: frozenset[int] | None) -> str:
    """` on a, b`; nothing is everything."""
    return "" if products is None else " on " + ", ".join(sorted(book.products[index].code for index in products))


def case_line(book: b.Book, case: b.Case) -> str:
    """One case."""
    label = f"[{case.label}] " if case.label else ""
    return f"{label}{give(book, case.give)}{goods(book, case.products)} {dates(case.start, case.end)}when {condition(case.when)}"


def give(book: b.Book, said: b.Give) -> str:
    """What a case gives."""
    match said:
        case b.Percent(rate, of):
            return f"{number(rate)} of {base(book, of)}"
        case b.Amount(micros, tax):
            return f"{number(micros)} micros{f' {tax} tax' if tax else ''}"
        case b.Charge(rate, category):
            return f"charge {number(rate)} as {category}"
        case b.SetPrice(to):
            return f"price {price(to)}"
        case b.GraduatedOff(rows, of):
            return f"off {base(book, of)} {tiers(rows)}"
        case b.AtLeast(kind, value):
            return f"at least {number(value)} {kind}"


def base(book: b.Book, of: b.Base) -> str:
    """A base in words."""
    if of.kind == "lowest":
        return f"lowest of {of.days} days"
    return of.kind if of.step is None else f"after {book.steps[of.step].name}"


def condition(said: b.Condition) -> str:
    """A condition in words."""
    match said:
        case b.Is(subject, values):
            return f"{subject.name} is {'|'.join(sorted(values))}"
        case b.Within(subject, low, high):
            return f"{subject.name} in {'' if low is None else low}..{'' if high is None else high}"
        case b.Known(subject):
            return f"{subject.name} known"
        case b.Not(of):
            return f"not ({condition(of)})"
        case b.All(of):
            return "(" + " and ".join(map(condition, of)) + ")" if of else "always"
        case b.Any(of):
            return "(" + " or ".join(map(condition, of)) + ")" if of else "never"
