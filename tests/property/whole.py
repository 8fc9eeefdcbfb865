"""Books with rules over a whole quote or its bundles: amounts on it, grants by hand, denials, steps that skip lines; and quotes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from engine.lang import book as b
from engine.lang.parts import every
from engine.pricing.quote import Inside
from engine.values.rounding import Rounding
from tests.property import books as base
from tests.property.books import DAY, SPAN, conditions, money, percents, sums, whens

BUNDLE = b.Subject("line.bundle")
BUNDLES = ("suite", "desk")
ROLES = ("seller", "manager")
NAMES = ("free_hand", "last_word")


@st.composite
def whole_books(draw):
    """A book with some of them."""
    book = draw(base.books())
    rounding = Rounding(book.rounding.mode, draw(st.sampled_from(["unit", "line"])), book.rounding.step, False)
    steps = [_with_skips(draw, n, step) for n, step in enumerate(book.steps)]
    if len(steps) == 1:
        steps.append(b.Step("s1", draw(st.sampled_from(["one only", "best of", "additive"])), SPAN))
    rules = list(book.rules)
    for number in range(draw(st.integers(0, 3))):
        rules += _shared(draw, len(book.products), steps, number)
    for name in NAMES[: draw(st.integers(0, 2))]:
        rules += _by_hand(draw, len(book.products), steps, name)
    denials = tuple(_denial(draw, number, len(book.products), len(steps)) for number in range(draw(st.integers(0, 2))))
    worth = st.none() | st.integers(0, 90).map(lambda n: Fraction(n * 500_000))
    products = tuple(replace(product, ssp=draw(worth)) for product in book.products)
    return replace(book, rounding=rounding, steps=tuple(steps), rules=tuple(rules), denials=denials, products=products)


def _with_skips(draw, number, step):
    if number < 1 or step.combine == "floor" or draw(st.booleans()):
        return step
    return replace(step, skips=tuple(sorted(draw(st.sets(st.integers(0, number - 1), max_size=2)))))


def _open_steps(steps, *combines):
    return [n for n, step in enumerate(steps) if step.combine in combines]


def _shared(draw, products, steps, number):
    """Up to two rules of a step on the quote, the second perhaps an exception to the first."""
    among = _open_steps(steps, "one only", "best of", "additive")
    if not among:
        return []
    step = draw(st.sampled_from(among))
    made = []
    for k in range(draw(st.integers(1, 2))):
        cases = tuple(_share(draw, products, steps, step) for _ in range(draw(st.integers(1, 2))))
        excepts = (made[0].name,) if made and draw(st.booleans()) else ()
        made.append(b.Rule(f"quote{number}_{k}", "discount", step, cases, SPAN, excepts))
    return made


def _share(draw, products, steps, step):
    sign = draw(st.sampled_from([-1, -1, 1]))
    of = draw(st.sampled_from([b.Base("list"), b.Base("running"), *(b.Base("after", s) for s in range(step))]))
    give = draw(
        percents.map(lambda p: b.Percent(sign * p, of))
        | money.map(lambda m: b.Amount(sign * m))
        | money.map(b.SetTotal)
    )
    most = (
        None
        if isinstance(give, b.SetTotal)
        else draw(st.none() | st.integers(0, 300).map(lambda n: Fraction(n * 1_000_000)))
    )
    spread = b.Spread(
        draw(st.sampled_from(["running", "list", "equally", "ssp"])),
        draw(st.sampled_from(["largest", "first", "last"])),
    )
    over = draw(st.none() | st.frozensets(st.integers(0, products - 1), min_size=1))
    when, each = draw(_of_quote(products, step)), draw(st.sampled_from(["quote", "bundle"]))
    if each == "bundle":
        inside = b.Is(BUNDLE, draw(st.frozensets(st.sampled_from(BUNDLES), min_size=1)))
        when = every([inside, when])
    period = draw(st.sampled_from(["once", "month", "use"]))
    return b.Case(over, None, None, when, b.OnQuote(give, most, spread, period, each), SPAN)


@st.composite
def _of_quote(draw, products, step):
    """A condition that every line of a quote meets or none does: of a fact of the quote, or a sum over its lines."""
    if draw(st.booleans()):
        return b.ALWAYS
    if draw(st.booleans()):
        return b.Is(
            base.SUBJECTS["customer.segment"],
            frozenset(draw(st.sets(st.sampled_from(base.WORDS["customer.segment"]), min_size=1))),
        )
    within = draw(sums(step, products))
    fold = replace(within.subject.fold, own=False, same_group=False, plus=None)
    return replace(within, subject=b.Subject(repr(fold), None, True, fold))


def _by_hand(draw, products, steps, name):
    among = _open_steps(steps, "one only", "best of", "additive", "compounding")
    if not among:
        return []
    limits = tuple((role, draw(st.sampled_from([Fraction(0), Fraction(1, 10), Fraction(1, 3)]))) for role in ROLES)
    over = draw(st.none() | st.frozensets(st.integers(0, products - 1), min_size=1))
    case = b.Case(over, None, None, draw(conditions), b.ByHand(name, limits), SPAN)
    return [b.Rule(name, "discount", draw(st.sampled_from(among)), (case,), SPAN)]


def _denial(draw, number, products, steps):
    over = draw(st.none() | st.frozensets(st.integers(0, products - 1), min_size=1))
    start, end = draw(st.sampled_from([(None, None), (DAY + 3, None), (None, DAY + 8)]))
    return b.Denial(
        f"no_{number}", over, start, end, draw(conditions | whens(base.atoms() | sums(steps, products))), SPAN
    )


@st.composite
def whole_quotes(draw, book):
    """A quote, perhaps with grants and the role of who grants."""
    quote = draw(base.quotes(book))
    facts = dict(quote.facts)
    for name in NAMES:
        if draw(st.booleans()):
            facts[f"grant.{name}"] = draw(st.sampled_from([0, 50_000, 100_000, 250_000, 333_333, 1_000_000, 1_000_001]))
    role = draw(st.sampled_from([None, *ROLES, "intern"]))
    facts = facts if role is None else {**facts, "quote.role": role}
    lines = tuple(line if draw(st.integers(0, 4)) == 0 else _priced(draw, line) for line in quote.lines)
    of = [(draw(st.sampled_from(BUNDLES)), draw(st.integers(1, 3))) for _ in range(draw(st.integers(0, 2)))]
    return replace(quote, facts=facts, lines=tuple(_placed(draw, line, of) for line in lines))


def _placed(draw, line, bundles):
    """A line by itself, or in one of these bundles."""
    number = draw(st.integers(0, len(bundles)))
    if not number:
        return line
    inside = Inside(f"b{number}", bundles[number - 1][0], number, bundles[number - 1][1], line.product)
    return replace(line, facts={**line.facts, **inside.facts}, inside=inside)


def _priced(draw, line):
    """A line with nothing wrong in itself."""
    quantity = draw(st.integers(1, 12) | st.sampled_from([100, 999])) * 1_000_000
    facts = {"line.weight": 3_000_000, **line.facts}
    return replace(line, quantity=quantity, group=None if line.group == "c" else line.group, facts=facts)
