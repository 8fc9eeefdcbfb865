"""What a bundle means, told slowly: every configuration one by one, each rule asked of it as it was settled; and generated bundles.

A configuration is a dict from path to what stands there: the codes chosen of a part, ticks of a quantity or number, the word of an
attribute (None while a question is open). What is inside a thing that is not chosen has no entry. Facts stand at their paths (None:
not known).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from hypothesis import strategies as st

from engine.lang import configurable as c
from engine.lang.book import Book

State = dict[str, Any]


class Meaning:
    """The bundles of a book, by their checked form alone."""

    def __init__(self, book: Book) -> None:
        self.bundles = {bundle.name: bundle for bundle in book.bundles}
        self.goods = {product.code: dict(product.attributes) for product in book.products}
        self.prices = {product.code: product.prices[0].price.amount for product in book.products}
        self.given: dict[str, Any] = {}

    def configurations(self, name: str, given: dict[str, Any] | None = None) -> list[State]:
        """All that keep the rules, with facts given."""
        return [state for state, _ in self.with_pieces(name, given or {})]

    def with_pieces(self, name: str, given: dict[str, Any]) -> list[tuple[State, list[tuple[str, str, int]]]]:
        """The same, each with its pieces."""
        self.given = given
        return [(state | given, pieces) for state, pieces in self._of(self.bundles[name], {})]

    def under_facts(self, name: str, asked: list[str]) -> Iterator[tuple[dict[str, Any], list[State]]]:
        """The configurations under every value of the facts that are asked for."""
        for values in product(*(FACTS[path] for path in asked)):
            given = dict(zip(asked, values, strict=True))
            yield given, self.configurations(name, given)

    def _of(self, bundle: c.Bundle, shared: dict[str, State]) -> Iterator[tuple[State, list[tuple[str, str, int]]]]:
        """Configurations of a bundle, each with its pieces: path, code, ticks."""
        for inner in self._features([f for f in bundle.features if f not in shared], shared):
            state = {path: value for name in bundle.features for path, value in inner[name].items()}
            for attributes in product(*(values_of(attribute) for attribute in bundle.attributes)):
                own = state | {a.name: value for a, value in zip(bundle.attributes, attributes, strict=True)}
                for whole, pieces in self._parts(bundle.parts, own, [], inner):
                    if all(self.keeps(rule.asks, whole, pieces) for rule in bundle.rules):
                        yield whole, pieces

    def _features(self, names: list[str], shared: dict[str, State]) -> Iterator[dict[str, State]]:
        if not names:
            yield shared
            return
        for state, _ in self._of(self.bundles[names[0]], shared):
            yield from self._features(names[1:], shared | {names[0]: state})

    def _parts(
        self, parts: tuple[c.Part, ...], state: State, pieces: list[tuple[str, str, int]], shared: dict[str, State]
    ) -> Iterator[tuple[State, list[tuple[str, str, int]]]]:
        if not parts:
            yield state, pieces
            return
        part = parts[0]
        amounts = range(part.each.low, part.each.high + 1, part.each.step)
        for many in range(part.low, part.high + 1):
            for members in combinations(part.members, many):
                for ticks in product(amounts, repeat=many):
                    chosen = state | {part.name: frozenset(member.code for member in members)}
                    counted = list(zip(members, ticks, strict=True))
                    for whole, more in self._members(part, counted, chosen, pieces, shared):
                        yield from self._parts(parts[1:], whole, more, shared)

    def _members(
        self, part: c.Part, counted: list[tuple[c.Member, int]], state: State, pieces: list[tuple[str, str, int]], shared: dict[str, State]
    ) -> Iterator[tuple[State, list[tuple[str, str, int]]]]:  # fmt: skip
        if not counted:
            yield state, pieces
            return
        (member, ticks), *rest = counted
        path = part.name if part.single else f"{part.name}.{member.code}"
        number = {f"#{path}": ticks}
        if not member.bundle:
            yield from self._members(part, rest, state | number, [*pieces, (path, member.code, ticks)], shared)
            return
        for inner, more in self._of(self.bundles[member.code], shared):
            moved = {
                ("#" if key[0] == "#" else "") + f"{path}.{key.removeprefix('#')}": value
                for key, value in inner.items()
            }
            times = ticks // c.ONE
            below = [(f"{path}.{at}", code, often * times) for at, code, often in more]
            yield from self._members(part, rest, state | number | moved, [*pieces, *below], shared)

    # ------------------------------------------------------------ conditions and rules

    def holds(self, said: c.Holds, state: State) -> bool:
        match said:
            case c.Known(path):
                return self.given[path] is not None
            case c.Has(path, values) if c.is_fact(path):
                return self.given[path] in values
            case c.Counts(path, low, high) if c.is_fact(path):
                found = self.given[path]
                return found is not None and (low is None or low <= found) and (high is None or found <= high)
            case c.Has(path, values):
                found = state.get(path)
                return bool(found & values) if isinstance(found, frozenset) else found in values
            case c.Counts(path, low, high):
                ticks = number_at(state, path)
                return (low is None or low <= ticks) and (high is None or ticks <= high)
            case c.Lacks(of):
                return not self.holds(of, state)
            case c.Every(of):
                return all(self.holds(each, state) for each in of)
            case c.Some(of):
                return any(self.holds(each, state) for each in of)
            case c.Alike(one, other):
                return any(self.holds(a, state) and self.holds(b, state) for a, b in zip(one, other, strict=True))

    def keeps(self, asks: Any, state: State, pieces: list[tuple[str, str, int]]) -> bool:
        match asks:
            case c.Must(holds):
                return self.holds(holds, state)
            case c.HowMany(of, low, high, when):
                return not self.holds(when, state) or low <= sum(self.holds(each, state) for each in of) <= high
            case c.Total(terms, low, high, when):
                total = sum((self.term(term, state, pieces) for term in terms), Fraction(0))
                fits = (low is None or low <= total) and (high is None or total <= high)
                return fits or not self.holds(when, state)
            case c.Allowed():
                return self.allowed(asks, state)
        raise AssertionError(asks)

    def term(self, term: c.Term, state: State, pieces: list[tuple[str, str, int]]) -> Fraction:
        if term.path:
            return term.weight * Fraction(number_at(state, term.path), c.ONE)
        total = Fraction(0)
        for path, code, ticks in pieces:
            inside = not term.of or any(path == each or path.startswith(each + ".") for each in term.of)
            each = c.ONE if term.what == "quantity" else self.goods[code].get(term.what, 0)
            if term.what == "price":
                each = self.prices[code]
            if inside and not isinstance(each, str):
                total += Fraction(each) / c.ONE * Fraction(ticks, c.ONE)
        return term.weight * total

    def allowed(self, table: c.Allowed, state: State) -> bool:
        """Some row, each of its cells; a column of which nothing is chosen asks nothing, unless a row says `none` of it."""
        free = set()
        for at, path in enumerate(table.columns):
            if c.is_fact(path):
                if self.given[path] is None and not any(
                    isinstance(r[at], c.Lacks) or (isinstance(r[at], c.Some) and any(isinstance(e, c.Lacks) for e in r[at].of)) for r in table.rows  # type: ignore[union-attr]
                ):  # fmt: skip
                    free.add(at)
                continue
            nothing = {path: frozenset()}
            told = any(row[at] is not None and self.holds(row[at], nothing) for row in table.rows)  # type: ignore[arg-type]
            if not told and state.get(path, frozenset()) == frozenset() and number_at(state, path) == 0:
                free.add(at)
        return any(
            all(at in free or cell is None or self.holds(cell, state) for at, cell in enumerate(row))
            for row in table.rows
        )


def number_at(state: State, path: str) -> int:
    """The number of an attribute, or how much is chosen of a thing; nothing counts 0."""
    found = state.get(f"#{path}", state.get(path))
    return found if isinstance(found, int) else 0


def values_of(attribute: c.Attribute) -> list[str | int | None]:
    if attribute.numbers is not None:
        numbers = attribute.numbers
        return list(range(numbers.low, numbers.high + 1, numbers.step))
    return [*attribute.values, *([None] if attribute.asked else [])]


# ---------------------------------------------------------------- generated books

GOODS = {"a": (3, "x"), "b": (5, "y"), "d": (2, "x"), "e": (7, None), "g": (0, "y")}
FACTS: dict[str, list[Any]] = {
    "customer.kind": ["big", "small", None], "quote.term": [1, 2, 3, 4], "customer.country": ["NL", "BE", "DE", None],
    "customer.vip": ["no", "yes"], "customer.spent": [5_000_000, 5_000_001, None], "quote.role": ["seller", "manager", None],
}  # fmt: skip
"""Values of facts, in ticks; None: not known."""
DECLARED = """
facts
  customer.kind:    one of big, small optional
  customer.country: text optional
  customer.vip:     yes or no
  customer.spent:   money optional
  quote.term:       duration 1 month to 4 months
"""
HEAD = (
    "price book shop\n  currency EUR\n  units piece pieces\n"
    + DECLARED
    + "".join(
        f"\nproduct {code}\n  price {weight + 1}.75 EUR per 3 pieces\n  unit piece\n  attribute w {weight}\n"
        + (f"  attribute kind {kind}\n" if kind else "")
        for code, (weight, kind) in GOODS.items()
    )
)
INNER = """
features look
  attribute colour: one of red, blue

bundle box
  with look
  part a optional
  part e 1 to 2
  colour is red implies a
  forbid a when customer.kind is big
"""
ATOMS = (
    "p is a", "p.kind is x", "p is not b", "q.a", "q.d", "q is none", "g >= 2", "g is none", "box", "box.e = 2", "box.a", "box >= 2", "n <= 2", "n in 2 to 3",
    "colour is red", "use is u", "use", "flag", "p.kind is q.a.kind", "p.kind is g.kind", "p.kind is q.kind", "p.w >= 4", "q.a >= 2",
    "customer.kind is big", "customer.kind is known", "quote.term >= 3 months", "quote.term in 2 months to 3 months", 'customer.country in "NL", "BE"',
    "customer.vip", "customer.spent <= 5 EUR", "customer.spent is not known", 'quote.role is "seller"',
)  # fmt: skip
PARTS = (
    "  part p one of a, b{none}\n", "  part q up to 2 of a, d, e{each}\n", "  part g {range}\n", "  part box {boxes}\n",
)  # fmt: skip
ATTRIBUTES = {"flag": "  attribute flag: yes or no\n", "use": '  ask use "What?" one of u\n'}


@st.composite
def books(draw: st.DrawFn, wide: bool = False) -> str:
    """A book with a bundle `main`, of parts and attributes of every sort, and a few rules; with `wide`, more quantities of one.

    Attributes that only double the configurations are there where a rule speaks of them.
    """
    cond = st.one_of(
        st.sampled_from(ATOMS),
        st.tuples(st.sampled_from(ATOMS), st.sampled_from(("and", "or", "and not")), st.sampled_from(ATOMS)).map(
            " ".join
        ),
        st.sampled_from(ATOMS).map("not ({})".format),
    )
    when = st.one_of(st.just(""), cond.map(" when {}".format))
    number = st.integers(0, 30)
    side = st.one_of(number.map(str), st.just("n"), st.just("sum of w of q"))
    option = st.sampled_from(("p", "q.a", "q.d", "g", "box", "box.a", "p.a"))
    some = st.lists(option, min_size=2, max_size=4, unique=True).map(", ".join)
    rule = st.one_of(
        st.builds("require {}{}".format, cond, when), st.builds("forbid {}{}".format, cond, when),
        st.builds("{} implies {}".format, cond, cond), st.builds("{} if and only if {}".format, cond, cond),
        st.builds("{} {} of {}{}".format, st.sampled_from(("at most", "at least", "exactly")), st.integers(1, 2), some, when),
        st.builds("sum of {} {} {}{}".format, st.sampled_from(("w", "quantity", "w of q, box", "quantity of g, p")),
                  st.sampled_from(("<=", ">=", "<", ">", "=")), side, when),
        st.builds("sum of price{} {} {}{}".format, st.sampled_from(("", " of q, box")), st.sampled_from(("<=", ">=", "<", ">")),
                  st.one_of(number.map("{} EUR".format), st.just("n")), when),
        st.builds("prefer {}{}".format, cond, when),
        st.lists(row(), min_size=1, max_size=4).map(lambda rows: "allowed\n  | p | g | box | n | q.a |\n" + "\n".join(rows)),
        st.lists(fact_row(), min_size=1, max_size=4).map(lambda rows: "allowed\n  | p | customer.kind | quote.term |\n" + "\n".join(rows)),
    )  # fmt: skip
    parts = "".join(PARTS).format(
        none=draw(st.sampled_from(("", " optional"))), each=draw(st.sampled_from(("", " with 1 to 2 each"))),
        boxes=draw(st.sampled_from(("optional", "1 to 2", "0 to 2", "2"))),
        range=draw(st.sampled_from(("1 to 3", "0 to 3", "2", "optional", "2 to 3 optional") if not wide else ("1 to 4", "0 to 3", "3 to 9 in steps of 2"))),
    )  # fmt: skip
    rules = "".join(f"  {each}\n" for each in draw(st.lists(rule, min_size=1, max_size=4)))
    attributes = "".join(said for name, said in ATTRIBUTES.items() if name in rules)
    return HEAD + INNER + "\nbundle main\n  with look\n" + parts + "  attribute n: 1 to 3\n" + attributes + rules


def row() -> st.SearchStrategy[str]:
    cells = (("a", "b", "*"), ("yes", "no", "*"), ("yes", "no", "*"), ("1", "2 to 3", "*", "1, 3"), ("yes", "no", "*"))
    return _row(cells)


def fact_row() -> st.SearchStrategy[str]:
    return _row((("a", "b", "*"), ("big", "small, none", "*"), ("1 month", "2 months to 3 months", "*")))


def _row(cells: tuple[tuple[str, ...], ...]) -> st.SearchStrategy[str]:
    return st.tuples(*(st.sampled_from(each) for each in cells)).map(lambda row: f"  | {' | '.join(row)} |")
