"""Writes a feature model as a price book: a product and a part for each feature, of one bundle that has the same configurations.

    root                  is always chosen
    mandatory             child if and only if parent
    optional              child implies parent
    or, alternative, [n..m]   and so many of them when parent
    A => B                A implies B                  (any formula over features)
    C => sum(x) <= 8      sum of sum_1 <= 8 when C     (each equation has an attribute of its own; what it takes off, another)

What can never be chosen is left out, for a book says so as a mistake: `dead`. `core` is always chosen, and its part not optional.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from math import ceil, floor, lcm
from pathlib import Path

from engine.lang import uvl
from engine.lang.draft import RESERVED, ROOTS
from engine.lang.format import format_text
from engine.lang.uvl import Constraint, Feature, FeatureModel, Formula, Iff, Joined, Linear, Named, Not, UvlError

MOST_SPLIT = 1_000
"""What one constraint may be split into, so that every equation stands alone."""
MOST_DOUBLED = 6
TITLE = 100
YES, NO = Joined("all", ()), Joined("any", ())


def names_of(model: FeatureModel) -> dict[str, str]:
    """What features are called in the book: always the same, each once."""
    words, taken = _words(), set[str]()
    names: dict[str, str] = {}
    for feature in model.root.all():
        plain = re.sub(r"[^a-z0-9]+", "_", feature.name.lower()).strip("_") or "feature"
        plain = plain if plain[0].isalpha() and plain not in words else f"feature_{plain}"
        name, again = plain, 2
        while name in taken:
            name, again = f"{plain}_{again}", again + 1
        taken.add(name)
        names[feature.name] = name
    return names


def _words() -> set[str]:
    """Words of the language, which are no names of features."""
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    own = {
        "none",
        "chosen",
        "yes",
        "no",
        "quantity",
        "piece",
        "pieces",
        "start",
        "today",
        "everything",
        "true",
        "false",
    }
    return {*re.findall(r'"([a-z]+)"', grammar), *RESERVED, *ROOTS, *own}


def book_text(model: FeatureModel, dead: frozenset[str] = frozenset(), core: frozenset[str] = frozenset()) -> str:
    """The book, laid out.

    Raises:
        UvlError: an equation stands where no rule of a bundle can say it.
    """
    return format_text("\n".join(_Writer(model, dead, core).lines()) + "\n")


@dataclass
class _Writer:
    model: FeatureModel
    dead: frozenset[str]
    core: frozenset[str]
    names: dict[str, str] = field(default_factory=dict)
    weights: dict[str, dict[str, int]] = field(default_factory=dict)  # of each product its attributes
    sums: int = 0

    def lines(self) -> Iterator[str]:
        self.names = names_of(self.model)
        features = [feature for feature in self.model.root.all() if feature.name not in self.dead]
        rules = [*self._tree(), *self._constraints()]
        title, whole = _quoted(self.model.title), "model"
        yield f"# {len(features):,} features of {self.model.title!r}, read from its feature model."
        gone = [feature.name for feature in self.model.root.all() if feature.name in self.dead]
        if gone:
            yield "# Its rules never let these be chosen, so they are left out:"
            yield from (f"#   {name}" for name in gone)
        yield from ("", f"price book {whole} {title}", "  currency EUR", "  units piece pieces", "")
        for feature in features:
            name = self.names[feature.name]
            yield f"product {name}" + ("" if feature.name == name else f" {_quoted(feature.name)}")
            yield "  price 0.00 EUR per piece"
            yield from (f"  attribute {key} {weight}" for key, weight in self.weights.get(feature.name, {}).items())
            yield ""
        yield f"bundle configured {title}"
        for feature in features:
            yield f"  part {self.names[feature.name]}" + ("" if feature.name in self.core else " optional")
        yield from rules

    # ------------------------------------------------------------ the tree

    def _tree(self) -> Iterator[str]:
        yield f"  require {self.names[self.model.root.name]}"
        for feature in self.model.root.all():
            if feature.name not in self.dead:
                for group in feature.groups:
                    yield from self._group(feature, group)

    def _group(self, parent: Feature, group: uvl.Group) -> Iterator[str]:
        up = self.names[parent.name]
        members = [self.names[member.name] for member in group.members if member.name not in self.dead]
        low, high = group.low, min(group.high, len(members))
        if len(members) == 1 and low == high == 1:
            yield f"  {members[0]} if and only if {up}"
            return
        yield from (f"  {member} implies {up}" for member in members)
        if members and (low > 0 or high < len(members)):
            many = f"at least {low}" if high == len(members) and low < high else f"{low} to {high}"
            many = f"exactly {low}" if low == high else f"at most {high}" if low == 0 else many
            yield f"  {many} of {', '.join(members)} when {up}"

    # ------------------------------------------------------------ constraints

    def _constraints(self) -> Iterator[str]:
        for constraint in self.model.constraints:
            because = f' because "{_plain(constraint.text)}"'
            for part in self._parts(constraint):
                yield from (f"  {rule}{because}" for rule in self._rule(part))

    def _parts(self, constraint: Constraint) -> list[Formula]:
        """What all hold together, in each at most one equation: it itself, or one of what any holds."""
        alive = _simple(constraint.formula, self.dead)
        if _doubled(alive) > MOST_DOUBLED:
            raise UvlError(
                "its `<=>` stand too deep in one another: write several constraints", constraint.line, constraint.column
            )
        parts = _split(alive, constraint)
        for part in parts:
            equations = [one for one in _members(part) if isinstance(one, Linear)]
            if len(equations) > 1:
                one = equations[1]
                raise UvlError(
                    f"`{one.text}`: of two equations either cannot be asked: write one of them alone",
                    one.line,
                    one.column,
                )
        return parts

    def _rule(self, part: Formula) -> Iterator[str]:
        equation = next((one for one in _members(part) if isinstance(one, Linear)), None)
        if equation is not None:
            yield from self._sum(equation, [one for one in _members(part) if one is not equation])
        elif isinstance(part, Iff):
            yield f"{self._said(part.one, 1)} if and only if {self._said(part.other, 1)}"
        elif isinstance(part, Joined) and part.how == "any" and len(part.of) == 2 and isinstance(part.of[0], Not):
            yield f"{self._said(part.of[0].of, 1)} implies {self._said(part.of[1], 1)}"
        elif isinstance(part, Not):
            yield f"require not {self._said(part.of, 3)}"
        elif part == NO:
            root = self.names[self.model.root.name]
            yield f"require not {root}"  # there is no configuration, and the book says why
        elif part != YES:
            yield f"require {self._said(part, 1)}"

    def _said(self, formula: Formula, tight: int) -> str:
        """A condition; in brackets where what is around it holds tighter: 1 or, 2 and, 3 not."""
        match formula:
            case Named(name):
                return self.names[name]
            case Not(of):
                return f"not {self._said(of, 3)}"
            case Iff(one, other):
                both = Joined("any", (Joined("all", (one, other)), Joined("all", (_denied(one), _denied(other)))))
                return self._said(both, tight)
            case Joined(how, of):
                own = 2 if how == "all" else 1
                said = (" and " if how == "all" else " or ").join(self._said(one, own + 1) for one in of)
                return f"({said})" if own < tight else said
        raise AssertionError(formula)

    def _sum(self, equation: Linear, others: list[Formula]) -> Iterator[str]:
        """The bounds of an equation, where none of the others holds."""
        weights = {name: weight for name, weight in equation.weights if name not in self.dead}
        scale = lcm(*(weight.denominator for weight in weights.values()))
        whole = {name: int(weight * scale) for name, weight in weights.items()}
        least, most = sum(min(w, 0) for w in whole.values()), sum(max(w, 0) for w in whole.values())
        when = f" when {self._said(_denied(Joined('any', tuple(others))), 1)}" if others else ""
        high = None if equation.high is None else floor(equation.high * scale)
        low = None if equation.low is None else ceil(equation.low * scale)
        if (high is not None and high < least) or (low is not None and low > most):
            yield from self._rule(Joined("any", tuple(others)) if len(others) > 1 else others[0] if others else NO)
            return
        if high is not None and high < most:
            yield f"{self._sides(whole, high, '<=')}{when}"
        if low is not None and low > least:
            yield f"{self._sides(whole, low, '>=')}{when}"

    def _sides(self, weights: dict[str, int], bound: int, relation: str) -> str:
        """A sum beside its bound; what is taken off stands on the other side, and the bound then at the root."""
        self.sums += 1
        more, less = f"sum_{self.sums}", f"off_{self.sums}"
        for name, weight in weights.items():
            self._weigh(name, more if weight > 0 else less, abs(weight))
        if all(weight > 0 for weight in weights.values()) and bound >= 0:
            return f"sum of {more} {relation} {bound}"
        if bound or all(weight > 0 for weight in weights.values()):
            self._weigh(self.model.root.name, less if bound > 0 else more, abs(bound))
        if all(weight < 0 for weight in weights.values()) and bound <= 0:
            flipped = ">=" if relation == "<=" else "<="
            self.weights[self.model.root.name].pop(more, None)
            return f"sum of {less} {flipped} {-bound}"
        return f"sum of {more} {relation} sum of {less}"

    def _weigh(self, name: str, key: str, weight: int) -> None:
        own = self.weights.setdefault(name, {})
        own[key] = own.get(key, 0) + weight


# ---------------------------------------------------------------- formulas


def _members(part: Formula) -> tuple[Formula, ...]:
    return part.of if isinstance(part, Joined) and part.how == "any" else (part,)


def _denied(formula: Formula) -> Formula:
    """The opposite, with `not` before names alone."""
    match formula:
        case Not(of):
            return of
        case Joined(how, of):
            return _joined("any" if how == "all" else "all", [_denied(one) for one in of])
        case Iff(one, other):
            return Iff(one, _denied(other))
        case Linear(low=None, high=high, step=step) if high is not None:
            return replace(formula, low=uvl.after(high, step), high=None)
        case Linear(high=None, low=low, step=step) if low is not None:
            return replace(formula, low=None, high=uvl.before(low, step))
        case Linear(low=low, high=high, step=step) if low is not None and high is not None:
            below, above = (
                replace(formula, low=None, high=uvl.before(low, step)),
                replace(formula, low=uvl.after(high, step), high=None),
            )
            return Joined("any", (below, above))
    return Not(formula)


def _joined(how: str, parts: Iterable[Formula]) -> Formula:
    """Several as one: what is joined alike is one, and what is settled is left out."""
    found: list[Formula] = []
    for part in parts:
        if isinstance(part, Joined) and part.how == how:
            found += part.of
        elif isinstance(part, Joined) and not part.of:
            return part  # `any` of what always holds, `all` of what never does
        else:
            found.append(part)
    return found[0] if len(found) == 1 else Joined(how, tuple(found))  # type: ignore[arg-type]


def _simple(formula: Formula, dead: frozenset[str]) -> Formula:
    """The same without what can never be chosen."""
    match formula:
        case Named(name):
            return NO if name in dead else formula
        case Not(of):
            inner = _simple(of, dead)
            return inner.of if isinstance(inner, Not) else _denied(inner) if inner in (YES, NO) else Not(inner)
        case Joined(how, of):
            return _joined(how, [_simple(one, dead) for one in of])
        case Iff(one, other):
            first, second = _simple(one, dead), _simple(other, dead)
            for settled, rest in ((first, second), (second, first)):
                if settled in (YES, NO):
                    return rest if settled == YES else _simple(Not(rest), dead)
            return Iff(first, second)
    return formula


def _doubled(formula: Formula) -> int:
    """How many `<=>` stand in one another: each says both of its sides twice."""
    match formula:
        case Not(of):
            return _doubled(of)
        case Joined(_, of):
            return max(map(_doubled, of), default=0)
        case Iff(one, other):
            return 1 + max(_doubled(one), _doubled(other))
    return 0


def _has_equation(formula: Formula) -> bool:
    match formula:
        case Linear():
            return True
        case Not(of):
            return _has_equation(of)
        case Joined(_, of):
            return any(map(_has_equation, of))
        case Iff(one, other):
            return _has_equation(one) or _has_equation(other)
    return False


def _split(formula: Formula, constraint: Constraint) -> list[Formula]:
    """Formulas that all hold together, with every equation at the top of its own, or beside others in an `any`."""
    if isinstance(formula, Joined) and formula.how == "all":
        return [part for one in formula.of for part in _split(one, constraint)]
    if not _has_equation(formula) or isinstance(formula, Linear):
        return [formula]
    match formula:
        case Not(of):
            return _split(_denied(of), constraint)
        case Iff(one, other):
            both = [_joined("any", (_denied(one), other)), _joined("any", (one, _denied(other)))]
            return [part for half in both for part in _split(half, constraint)]
        case Joined(_, of):
            each = [_split(one, constraint) for one in of]
            if _many(each) > MOST_SPLIT:
                raise UvlError(
                    "its equations stand too deep in it: write several constraints", constraint.line, constraint.column
                )
            return [_joined("any", parts) for parts in product(*each)]
    raise AssertionError(formula)


def _many(each: list[list[Formula]]) -> int:
    count = 1
    for parts in each:
        count *= len(parts)
    return count


def _plain(text: str) -> str:
    said = text.replace('"', "'").replace("\\", "/")
    return said if len(said) <= TITLE else said[: TITLE - 3] + "..."


def _quoted(text: str) -> str:
    return f'"{_plain(text)}"'


__all__ = ["book_text", "names_of"]
