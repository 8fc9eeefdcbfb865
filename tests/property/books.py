"""Hypothesis strategies: small checked books and quotes that reach every construct the plan knows."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from engine.lang import book as b
from engine.lang.places import Span
from engine.plan import layout as at
from engine.pricing.quote import Line, Quote
from engine.values.kinds import MICROS, Kind
from engine.values.rounding import LEVELS, MODES, Rounding

DAY = 739_600
LEVELS_OF_LINES = ("unit", "line")
"""What kernels can round to in a book with a pocket."""
SPAN = Span("book.quo", 1)
FACTS = (
    b.Fact("customer.segment", Kind("enum", ("startup", "mid", "large")), False, "account", SPAN),
    b.Fact("customer.account", Kind("text"), True, "account", SPAN),
    b.Fact("customer.spend", Kind("money", unit="EUR"), True, "account", SPAN),
    b.Fact("line.weight", Kind("number"), False, "request", SPAN),
)
SUBJECTS = {f.path: b.Subject(f.path, i, f.kind.ordered) for i, f in enumerate(FACTS)}
DATE, QUANTITY, GROUP = (
    b.Subject("quote.date", None, True),
    b.Subject("line.quantity", None, True),
    b.Subject("line.group"),
)
WORDS = {
    "customer.segment": ("startup", "mid", "large"),
    "customer.account": ("ACME", "Bell", "Cole"),
    "line.group": ("a", "b"),
}

BOX = b.Unit("box", "boxes", 0, 0, Fraction(5, 2))

days = st.integers(DAY, DAY + 12)
ticks = st.integers(0, 30).map(lambda n: n * MICROS)
percents = st.sampled_from([0, 1, 3, 5, 10, 12, 25, 33, 50, 100]).map(lambda n: Fraction(n, 100)) | st.fractions(
    0, 1, max_denominator=1000
)
money = st.integers(0, 20_000).map(lambda c: Fraction(c * 10_000)) | st.builds(
    lambda n, per: Fraction(n * 10_000, per), st.integers(0, 900), st.sampled_from([1, 3, 7, 1000])
)


@st.composite
def atoms(draw):
    kind = draw(st.sampled_from(["is", "is", "quantity", "date", "spend", "weight", "known", "group", "code"]))
    if kind in ("is", "group"):
        path = "line.group" if kind == "group" else draw(st.sampled_from(["customer.segment", "customer.account"]))
        subject = GROUP if kind == "group" else SUBJECTS[path]
        return b.Is(subject, frozenset(draw(st.sets(st.sampled_from(WORDS[path]), min_size=1, max_size=2))))
    if kind == "code":
        return b.Is(CODE, frozenset({"yes"}))
    if kind == "known":
        return b.Known(SUBJECTS[draw(st.sampled_from(["customer.account", "customer.spend"]))])
    subject = {"quantity": QUANTITY, "date": DATE}.get(kind) or SUBJECTS[
        "customer.spend" if kind == "spend" else "line.weight"
    ]
    values = days if kind == "date" else ticks
    low, high = draw(st.none() | values), draw(st.none() | values)
    return b.Within(subject, low, high)


def whens(leaves):
    return st.just(b.ALWAYS) | st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, min_size=0, max_size=3).map(lambda p: b.All(tuple(p)))
            | st.lists(inner, min_size=0, max_size=3).map(lambda p: b.Any(tuple(p)))
            | inner.map(b.Not)
        ),
        max_leaves=5,
    )


conditions = whens(atoms())
some_products = st.frozensets(st.integers(0, 2).map("p{}".format), min_size=1)
on_lines = whens(atoms() | st.builds(b.Is, st.just(b.Subject("line.product")), some_products))
CODE = b.Subject("code save10")
PLUS = (None, None, list(SUBJECTS).index("customer.spend"), list(SUBJECTS).index("line.weight"))


@st.composite
def sums(draw, step, products):
    """A comparison over a sum of lines, as a step can ask it."""
    what = draw(st.sampled_from(["quantity", "amount", "amount", "lines"]))
    fold = b.Fold(
        what, draw(st.none() | st.frozensets(st.integers(0, products - 1), min_size=1)), draw(st.none() | on_lines),
        draw(st.sampled_from([None, 0, *range(step)])), draw(st.sampled_from([None, None, "once", "month"])),
        draw(st.booleans()), draw(st.sampled_from(PLUS)), draw(st.integers(0, 5)) == 0, draw(st.booleans()),
    )  # fmt: skip
    bounds = (
        st.none() | st.integers(-20, 60).map(lambda n: n * MICROS) | st.integers(0, 3_000).map(lambda n: n * MICROS)
    )
    return b.Within(b.Subject(repr(fold), None, True, fold), draw(bounds), draw(bounds))


@st.composite
def tier_tables(draw, amounts, flats=st.just(Fraction(0))):
    inclusive = draw(st.booleans())
    starts = sorted(draw(st.sets(st.integers(1 if inclusive else 0, 40), min_size=1, max_size=4)))
    rows = tuple(b.Tier(s * MICROS, inclusive, draw(amounts), SPAN, draw(flats)) for s in starts)
    return b.Tiers(draw(st.sampled_from(["all units", "graduated"])), rows)


flat_fees = st.sampled_from([Fraction(0), Fraction(0), Fraction(2_500_000)])
scales = st.sampled_from([Fraction(1), Fraction(1), Fraction(12), Fraction(5, 2), Fraction(1, 3)])
packages = st.sampled_from([Fraction(0), Fraction(0), Fraction(5), Fraction(12), Fraction(2, 3)]).map(
    lambda n: n * MICROS
)


@st.composite
def measured(draw):
    """A table of prices by whatever tables can measure, in any of their ways."""
    made = draw(tier_tables(money, flat_fees))
    mode = draw(st.sampled_from(["all units", "graduated", "block"]))
    rows = tuple(replace(row, package=draw(packages)) for row in made.rows)
    over = replace(rows[-1], amount=draw(money)) if mode == "block" and draw(st.booleans()) else None
    by = draw(st.sampled_from([None, None, "customer.spend", "line.weight"]))
    scale = Fraction(1) if by else draw(scales)  # an amount is in no unit
    free = draw(st.sampled_from([Fraction(0), Fraction(0), Fraction(7, 2)])) * MICROS
    return b.Tiers(mode, rows, scale, free, by, draw(st.integers(0, 3)) == 0, over)


over_cost = st.builds(lambda over: b.Price(Fraction(0), markup=over), st.fractions(0, 3, max_denominator=50))
prices = (
    st.builds(b.Price, money)
    | st.builds(b.Price, st.just(Fraction(0)), tier_tables(money, flat_fees) | measured())
    | over_cost
)
bounds = st.none() | st.integers(0, 400_000).map(lambda c: Fraction(c * 1_000))
sold_so = st.builds(
    b.Sold, st.sampled_from([0, 2, 12]).map(lambda n: n * MICROS), st.none() | st.integers(1, 9).map(lambda n: n * MICROS),
    st.none() | st.integers(20, 50).map(lambda n: n * MICROS),
)  # fmt: skip
clamps = st.builds(b.Clamp, bounds, bounds).map(
    lambda c: b.Clamp(c.most, c.least) if c.least is not None and c.most is not None and c.least > c.most else c
)


@st.composite
def dated(draw, values):
    starts = sorted(draw(st.sets(days, max_size=2)))
    edges = [None, *starts, None]
    windows = list(zip(edges, edges[1:], strict=False))
    if draw(st.booleans()) and len(windows) > 1:
        windows.pop(draw(st.integers(0, len(windows) - 1)))
    return tuple(b.DatedPrice(draw(values), a, z, Span("prices.csv", i + 2)) for i, (a, z) in enumerate(windows))


@st.composite
def gives(draw, combine, step, said=None, below=False):
    if combine == "prices":
        return b.SetPrice(draw(prices))
    earlier = [b.Base("list"), b.Base("running"), b.Base("cost")] + [b.Base("after", s) for s in range(step)]
    bases = st.sampled_from(earlier)
    if combine == "floor":
        kind = draw(st.sampled_from(["amount", "below_list", "of_list", "margin", "markup"]))
        top = money if kind in ("amount", "below_list") else st.fractions(0, Fraction(9, 10), max_denominator=100)
        return b.AtLeast(kind, draw(top))
    if combine == "compounding":
        return b.Percent(draw(st.sampled_from([-1, -1, 1])) * draw(percents), b.Base("running"))
    percent = st.builds(lambda sign, p, of: b.Percent(sign * p, of), st.sampled_from([-1, -1, 1]), percents, bases)
    stated = st.sampled_from([None, None, said])
    amount = st.builds(lambda sign, m, tax: b.Amount(sign * m, tax), st.sampled_from([-1, -1, 1]), money, stated)
    if combine == "additive":
        return draw(percent | amount)
    graduated = st.builds(
        b.GraduatedOff,
        st.builds(lambda t, scale: b.Tiers("graduated", t.rows, scale), tier_tables(percents), scales),
        bases,
    )
    uniform = st.builds(lambda p: b.Percent(-p, b.Base("running")), percents)
    moves = percent | amount | uniform | graduated
    return draw(moves if below else moves | st.builds(b.SetPrice, prices))


@st.composite
def rules(draw, number, step, combine, products, earlier, summed, said, below):
    cases = []
    when = whens(atoms() | sums(step, products)) if summed else conditions
    for _ in range(draw(st.integers(1, 3))):
        over = draw(st.none() | st.frozensets(st.integers(0, products - 1), min_size=1))
        start, end = draw(st.sampled_from([(None, None), (DAY + 3, None), (None, DAY + 8), (DAY + 2, DAY + 9)]))
        cases.append((over, start, end, draw(when), draw(gives(combine, step, said, below))))
    excepts = draw(st.sampled_from([(), (), tuple(earlier[:1])])) if earlier and combine != "floor" else ()
    spans = [Span("book.quo", 100 * number + i) for i in range(len(cases))]
    name = draw(st.sampled_from("zyxab")) + f"_rule{number}"
    return b.Rule(
        name, "discount", step, tuple(b.Case(*c, span) for c, span in zip(cases, spans, strict=True)), spans[0], excepts
    )


step_roundings = st.builds(
    b.StepRounding, st.sampled_from(MODES), st.sampled_from([10_000, 1_000_000, 10_000_000]),
    st.sampled_from([0, -10_000, 50_000, -1_000_000]),
)  # fmt: skip


@st.composite
def choices(draw, names):
    """What tells which of several prices counts, in some order, the lowest price last."""
    levels = draw(st.lists(st.sampled_from([*names, "book"]), min_size=1, max_size=3, unique=True))
    first = st.sampled_from(["most specific", b.Levels(tuple((name,) for name in levels)), b.Levels((tuple(levels),))])
    before = draw(st.lists(first, max_size=2, unique_by=lambda one: isinstance(one, b.Levels)))
    return (*before, *draw(st.sampled_from([("lowest",), ("lowest",), ()]))) or ("lowest",)


@st.composite
def tax_rules(draw, number, step, products):
    """Rules that charge most lines, each with one rate; some none, and some with two."""
    some = st.frozensets(st.integers(0, products - 1), min_size=1)
    rates = st.sampled_from([0, 6, 20, 21]).map(lambda n: Fraction(n, 100)) | st.fractions(0, 1, max_denominator=200)
    made: list[b.Rule] = []
    for i in range(draw(st.integers(1, 3))):
        span = Span("taxes.quo", 100 * i)
        over = draw(some | st.none()) if i else None
        when = draw(conditions) if i or draw(st.integers(0, 4)) == 0 else b.ALWAYS
        charge = b.Charge(draw(rates), draw(st.sampled_from(["S", "S", "AE", "Z"])))
        excepts = (made[0].name,) if i and draw(st.integers(0, 4)) else ()
        made.append(
            b.Rule(
                f"{draw(st.sampled_from('vw'))}_tax{number + i}",
                "tax",
                step,
                (b.Case(over, None, None, when, charge, span, f"row {i}"),),
                span,
                excepts,
                draw(st.none() | st.just("law")),
            )
        )
    return made


@st.composite
def moving_steps(draw, settles):
    """How the steps combine that stand before the taxes and the net, and below these."""
    above = draw(st.lists(st.sampled_from(["one only", "best of", "compounding", "additive", "floor"]), max_size=4))
    taxed, net = settles and draw(st.booleans()), settles and draw(st.booleans())
    below = (
        draw(st.lists(st.sampled_from(["one only", "best of", "compounding", "additive"]), max_size=3)) if net else []
    )
    return ["list", *above, *["tax"] * taxed, *["net"] * net, *below]


@st.composite
def books(draw, settles=True):
    """`settles`: whether it may have taxes and a pocket."""
    count = draw(st.integers(1, 3))
    products = tuple(
        b.Product(
            f"p{i}", f"Product {i}", draw(st.integers(0, 2)), draw(st.sampled_from(["once", "month", "year", "use"])), (),
            draw(dated(prices)), draw(dated(st.builds(b.Price, money)) if draw(st.integers(0, 3)) else st.just(())), SPAN, draw(st.booleans()),
            sold=draw(st.none() | st.none() | sold_so), clamp=draw(st.none() | st.none() | clamps),
        )
        for i in range(count)
    )  # fmt: skip
    combines = draw(moving_steps(settles))
    net = combines.index("net") if "net" in combines else len(combines)
    includes = draw(st.booleans())
    said = ("excluding" if includes else "including") if "tax" in combines else None
    steps: list[b.Step] = []
    made: list[b.Rule] = []
    summed = draw(st.booleans())
    for step, combine in enumerate(combines):
        if combine in ("tax", "net"):
            made += draw(tax_rules(len(made), step, count)) if combine == "tax" else []
            steps.append(b.Step(combine, combine, SPAN))
            continue
        chooses = draw(st.integers(0, 2)) == 0 if combine in ("one only", "list") and step < net else False
        mine: list[b.Rule] = []
        for _ in range(draw(st.integers(0, 3)) if step or draw(st.booleans()) else 0):
            gives_of = "prices" if chooses or not step else combine
            before = [rule.name for rule in mine if not rule.exception_to]
            number, asks = len(made) + len(mine), summed and step > 0
            mine.append(draw(rules(number, step, gives_of, count, before, asks, said, step > net)))
        made += mine
        choice = draw(choices([rule.name for rule in mine])) if chooses else ()
        rounds = draw(st.none() | st.none() | step_roundings) if combine != "floor" else None
        steps.append(
            b.Step(f"s{step}" if step else "list", combine, Span("book.quo", 7 + step), (), (), choice, rounds)
        )
    rounding = Rounding(
        draw(st.sampled_from(MODES)), draw(st.sampled_from(LEVELS if net == len(steps) else LEVELS_OF_LINES)), draw(st.sampled_from([1, 10_000, 50_000, 1_000_000])),
        draw(st.booleans()),
    )  # fmt: skip
    approvals = (
        b.Approval(
            "deep",
            (b.ApprovalCase((b.Figure("quote.discount", ">", Fraction(1, 5)),), b.ALWAYS, (("desk",),), SPAN),),
            SPAN,
        ),
        b.Approval(
            "thin",
            (b.ApprovalCase((b.Figure("line.margin", "<", Fraction(1, 5)),), draw(conditions), (("cfo",),), SPAN),),
            SPAN,
        ),
    )
    return b.Book(
        "made", "Made", "0" * 32, "EUR", "UTC", rounding, (b.Unit("seat", "seats"), b.Unit("hour", "hours", 2), BOX), (), ("a", "b"),
        FACTS, products, tuple(steps), tuple(made), approvals, prices_include_tax=includes,
        tax_level=draw(st.sampled_from(at.TAX_LEVELS)), tax_step=draw(st.sampled_from([0, 0, 1, 50_000])),
    )  # fmt: skip


@st.composite
def quotes(draw, book):
    def given(scope):
        facts = {}
        for fact in FACTS:
            if (fact.scope == "line") != (scope == "line") or draw(st.integers(0, 9)) == 0:
                continue
            if fact.kind.ordered:
                facts[fact.path] = draw(ticks | st.just(-MICROS)) if fact.path == "customer.spend" else draw(ticks)
            else:
                facts[fact.path] = draw(st.sampled_from((*WORDS[fact.path], *(() if fact.kind.values else ("Zed",)))))
        return facts

    lines = []
    for _ in range(draw(st.integers(1, 4))):
        code = draw(st.sampled_from([p.code for p in book.products] * 4 + ["nothing"]))
        whole = st.integers(-40, 60).map(lambda n: n * MICROS)
        quantity = draw(whole | st.integers(0, 4_000).map(lambda n: n * 10_000) | st.none())
        lines.append(Line(code, quantity, draw(st.sampled_from([None, "a", "b", "c"])), None, given("line")))
    facts = given("quote") | draw(st.sampled_from([{}, {}, {CODE.name: "yes"}]))
    if draw(st.booleans()):
        facts["quote.term"] = draw(st.integers(1, 36))
    return Quote(draw(st.integers(DAY - 1, DAY + 13)), facts, tuple(lines))


def in_columns(lines):
    """Lines that columns can have: each has a quantity, and none a group that the book has not (both said before)."""
    return tuple(replace(line, quantity=line.quantity or 0) for line in lines if line.group != "c")
