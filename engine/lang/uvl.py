"""Reads a feature model in the text form of the Universal Variability Language: a tree of features, and constraints over it.

What has no meaning here is refused with its line and column, never left out: imports of other files, features that are numbers or texts,
clones, and equations that are not sums of what chosen features have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from math import lcm
from pathlib import Path
from typing import Literal, NoReturn

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput
from lark.indenter import DedentError, Indenter

MOST_NESTED = 200
"""How deep features and formulas may stand in one another."""
_SKIPPED = re.compile(r'"[^"\n]*"|\'[^\'\n]*\'|//[^\n]*|/\*.*?\*/', re.DOTALL)


class UvlError(Exception):
    """What is wrong with a file, where, and what is allowed."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"{line}:{column}: {message}" if line else message)
        self.line, self.column = line, column


# ---------------------------------------------------------------- the form


@dataclass(frozen=True, slots=True)
class Named:
    """A feature in a formula: it is chosen."""

    name: str


@dataclass(frozen=True, slots=True)
class Not:
    """The formula does not hold."""

    of: Formula


@dataclass(frozen=True, slots=True)
class Joined:
    """`all` of the formulas hold, or `any` of them does."""

    how: Literal["all", "any"]
    of: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Iff:
    """Both hold, or neither."""

    one: Formula
    other: Formula


@dataclass(frozen=True, slots=True)
class Linear:
    """What the chosen features weigh together is `low` to `high` (None: open)."""

    weights: tuple[tuple[str, Fraction], ...]
    low: Fraction | None
    high: Fraction | None
    step: Fraction  # every sum is a whole number of these
    text: str
    line: int
    column: int


Formula = Named | Not | Joined | Iff | Linear


@dataclass(frozen=True, slots=True)
class Constraint:
    """A formula that always holds, as it was written, and where."""

    formula: Formula
    text: str
    line: int
    column: int


@dataclass(slots=True)
class Group:
    """From `low` to `high` of the members where their parent is chosen."""

    low: int
    high: int
    members: list[Feature]


@dataclass(slots=True)
class Feature:
    """A feature, its numbers by name, and what stands under it."""

    name: str
    numbers: dict[str, Fraction] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)

    def all(self) -> Iterator[Feature]:
        """Itself and all below, in the order in which they are written."""
        yield self
        for group in self.groups:
            for member in group.members:
                yield from member.all()


@dataclass(frozen=True, slots=True)
class FeatureModel:
    """A tree of features and the constraints over it."""

    root: Feature
    constraints: tuple[Constraint, ...]
    title: str = ""


# ---------------------------------------------------------------- reading


class _Lines(Indenter):
    NL_type = "_NL"
    OPEN_PAREN_types: list[str] = ["LPAR", "LSQB", "LBRACE"]  # noqa: RUF012
    CLOSE_PAREN_types: list[str] = ["RPAR", "RSQB", "RBRACE"]  # noqa: RUF012
    INDENT_type = "_INDENT"
    DEDENT_type = "_DEDENT"
    tab_len = 4


@cache
def _parser() -> Lark:
    text = Path(__file__).with_name("uvl.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", postlex=_Lines(), propagate_positions=True, maybe_placeholders=False)


def read(text: str) -> FeatureModel:
    """The feature model of a text.

    Raises:
        UvlError: it is none, or has what is not read here.
    """
    source = _SKIPPED.sub(lambda found: found[0] if found[0][0] in "\"'" else re.sub(r"[^\n]", " ", found[0]), text)
    source = "\n".join(line.rstrip() for line in source.split("\n")).strip("\n\ufeff") + "\n"
    skipped = len(text) - len(text.lstrip("\ufeff\r\n"))
    source = "\n" * text[:skipped].count("\n") + source
    try:
        parsed = _parser().parse(source)
    except UnexpectedInput as error:
        _unexpected(error, source)
    except DedentError:
        raise UvlError(
            "a line is indented less than what it stands under, and more than what that stands under"
        ) from None
    return _Reader(source).model(parsed)


def _unexpected(error: UnexpectedInput, source: str) -> NoReturn:
    line, column = max(error.line, 1), max(error.column, 1)
    rows = source.split("\n")
    row = rows[min(line, len(rows)) - 1].strip()
    raise UvlError(
        f"this is no UVL: `{row[:60]}`; a file has `features` with one root, groups (mandatory, optional, or, alternative, [1..2]) "
        "and features in turn, each indented under what it belongs to, and then `constraints`, one a line",
        line, column,
    ) from None  # fmt: skip


class _Reader:
    """Makes the form of a parse tree."""

    def __init__(self, source: str) -> None:
        self.source, self.known = source, dict[str, Feature]()
        self.own: list[Tree[Token]] = []
        self.places: dict[str, tuple[int, int]] = {}

    def model(self, parsed: Tree[Token]) -> FeatureModel:
        sections = {str(part.data): part for part in parsed.children if isinstance(part, Tree)}
        if "imports" in sections:
            self.refuse(sections["imports"], "other files are not imported: put their features into this one")
        if "features" not in sections:
            raise UvlError("it has no `features`: a model is a tree of features under one root", 1, 1)
        root = self.feature(_tree(sections["features"].children[0]), 0)
        title = self.ref(_tree(sections["namespace"].children[0])) if "namespace" in sections else root.name
        lines = [_tree(line.children[0]) for line in parsed.find_data("line")]
        lines.sort(key=lambda one: (one.meta.line, one.meta.column))
        found = tuple(self.constraint(formula) for formula in [*self.own, *lines])
        return FeatureModel(root, found, title)

    def refuse(self, at: Tree[Token], message: str) -> NoReturn:
        raise UvlError(message, at.meta.line, at.meta.column)

    def ref(self, at: Tree[Token]) -> str:
        return ".".join(str(part).strip('"') for part in at.children)

    # ------------------------------------------------------------ the tree

    def feature(self, at: Tree[Token], depth: int) -> Feature:
        if depth > MOST_NESTED:
            self.refuse(at, f"features stand in one another at most {MOST_NESTED} deep")
        made: Feature | None = None
        for part in map(_tree, at.children):
            match part.data:
                case "type" if str(part.children[0]) != "Boolean":
                    self.refuse(
                        part, f"a feature that is {part.children[0]} is not read: write one for each of its values"
                    )
                case "ref":
                    made = self.fresh(part)
                case "cloned":
                    self.refuse(part, "a feature that is there several times is not read: write one for each time")
                case "attributes":
                    assert made is not None
                    self.attributes(made, part, "")
                case "group":
                    assert made is not None
                    made.groups += self.group(part, depth)
        assert made is not None
        return made

    def fresh(self, at: Tree[Token]) -> Feature:
        name = self.ref(at)
        if name in self.known:
            line, column = self.places[name]
            self.refuse(at, f"`{name}` is a feature already, at {line}:{column}: give one of them another name")
        self.places[name] = (at.meta.line, at.meta.column)
        self.known[name] = Feature(name)
        return self.known[name]

    def group(self, at: Tree[Token], depth: int) -> list[Group]:
        kind, *rest = map(_tree, at.children)
        members = [self.feature(one, depth + 1) for one in rest]
        said = str(kind.children[0])
        if said in ("mandatory", "optional"):
            return [Group(int(said == "mandatory"), 1, [member]) for member in members]
        if said in ("or", "alternative"):
            return [Group(1, len(members) if said == "or" else 1, members)]
        low, _, high = said.strip("[] ").partition("..")
        least = int(low)
        most = len(members) if high.strip() == "*" else int(high or low)
        if least > most or least > len(members):
            self.refuse(
                kind, f"{said} of {plural(len(members))}: write the lower number first, and no more than there are"
            )
        return [Group(least, min(most, len(members)), members)]

    def attributes(self, feature: Feature, at: Tree[Token], prefix: str) -> None:
        for part in map(_tree, at.children):
            if part.data == "constrained":
                self.own += map(_tree, part.children)
                continue
            key, *values = map(_tree, part.children)
            name = prefix + self.ref(key)
            for value in values:
                if value.data == "number":
                    feature.numbers[name] = Fraction(str(value.children[0]))
                elif value.data == "nested":
                    self.attributes(feature, _tree(value.children[0]), f"{name}.")

    # ------------------------------------------------------------ constraints

    def constraint(self, at: Tree[Token]) -> Constraint:
        return Constraint(self.formula(at, 0), self.text(at), at.meta.line, at.meta.column)

    def text(self, at: Tree[Token]) -> str:
        return " ".join(self.source[at.meta.start_pos : at.meta.end_pos].split())

    def formula(self, at: Tree[Token], depth: int) -> Formula:
        if depth > MOST_NESTED:
            self.refuse(at, f"formulas stand in one another at most {MOST_NESTED} deep: write several constraints")
        parts = [part for part in at.children if isinstance(part, Tree)]
        match at.data:
            case "all" | "any":
                return Joined(
                    "all" if at.data == "all" else "any", tuple(self.formula(part, depth + 1) for part in parts)
                )
            case "iff":
                return Iff(self.formula(parts[0], depth + 1), self.formula(parts[1], depth + 1))
            case "implies":
                first, then = (self.formula(part, depth + 1) for part in parts)
                return Joined("any", (Not(first), then))
            case "negated":
                return Not(self.formula(parts[0], depth + 1))
            case "alone" | "bracket":
                return self.formula(parts[0], depth + 1)
            case "ref":
                return Named(self.named(at))
            case "equation":
                return self.equation(at)
        self.refuse(
            at,
            f"`{self.text(at)}` is no condition: write features with & | ! => <=>, or compare sums with == < > <= >=",
        )

    def named(self, at: Tree[Token]) -> str:
        name = self.ref(at)
        if name not in self.known:
            self.refuse(at, f"there is no feature `{name}`")
        return name

    def equation(self, at: Tree[Token]) -> Linear:
        left, relation, right = at.children
        weights = dict[str, Fraction]()
        constant = self.linear(_tree(left), Fraction(1), weights) + self.linear(_tree(right), Fraction(-1), weights)
        if str(relation) == "!=":
            self.refuse(at, "!= of sums is not read: write < or >")
        used = tuple((name, weight) for name, weight in weights.items() if weight)
        bound, step = -constant, Fraction(1, lcm(*(weight.denominator for _, weight in used)))  # sums are whole steps
        low = bound if relation in ("==", ">=") else after(bound, step) if relation == ">" else None
        high = bound if relation in ("==", "<=") else before(bound, step) if relation == "<" else None
        return Linear(used, low, high, step, self.text(at), at.meta.line, at.meta.column)

    def linear(self, at: Tree[Token], times: Fraction, weights: dict[str, Fraction]) -> Fraction:
        """Add what an expression comes to, so many times: weights of features, and the constant that is left."""
        parts = [part for part in at.children if isinstance(part, Tree)]
        match at.data:
            case "number":
                return times * Fraction(str(at.children[0]))
            case "plus" | "minus":
                other = times if at.data == "plus" else -times
                return self.linear(parts[0], times, weights) + self.linear(parts[1], other, weights)
            case "less":
                return self.linear(parts[0], -times, weights)
            case "bracket" | "alone":
                return self.linear(parts[0], times, weights)
            case "times" | "over":
                return self.scaled(at, parts, times, weights)
            case "ref":
                self.owned(at, times, weights)
                return Fraction(0)
            case "aggregate":
                self.aggregate(at, times, weights)
                return Fraction(0)
        self.refuse(
            at,
            f"`{self.text(at)}` is no number: write FEATURE.ATTRIBUTE, sum(ATTRIBUTE), numbers, and + - * / between them",
        )

    def scaled(
        self, at: Tree[Token], parts: list[Tree[Token]], times: Fraction, weights: dict[str, Fraction]
    ) -> Fraction:
        for factor, other in ((parts[1], parts[0]), (parts[0], parts[1])):
            if at.data == "over" and factor is parts[0]:
                break
            inner = dict[str, Fraction]()
            by = self.linear(factor, Fraction(1), inner)
            if not inner and not (at.data == "over" and by == 0):
                return self.linear(other, times / by if at.data == "over" else times * by, weights)
        self.refuse(at, f"`{self.text(at)}` is no sum: times and divided by go with a number that is not 0")

    def owned(self, at: Tree[Token], times: Fraction, weights: dict[str, Fraction]) -> None:
        """`Feature.attribute`: what a feature has, where it is chosen."""
        whole = [str(part).strip('"') for part in at.children]
        for cut in range(len(whole) - 1, 0, -1):
            feature = self.known.get(".".join(whole[:cut]))
            if feature is not None:
                key = ".".join(whole[cut:])
                if key not in feature.numbers:
                    self.refuse(at, f"`{feature.name}` has no number `{key}`")
                weights[feature.name] = weights.get(feature.name, Fraction(0)) + times * feature.numbers[key]
                return
        self.refuse(at, f"`{'.'.join(whole)}` is no FEATURE.ATTRIBUTE: a feature is chosen or not, and is no number")

    def aggregate(self, at: Tree[Token], times: Fraction, weights: dict[str, Fraction]) -> None:
        """`sum(attribute)`, or `sum(Feature, attribute)`: of what stands under a feature."""
        function, *refs = at.children
        if str(function) != "sum" or len(refs) > 2:
            self.refuse(at, f"`{self.text(at)}` is not read: only sum(ATTRIBUTE) and sum(FEATURE, ATTRIBUTE) are")
        names = [self.ref(_tree(one)) for one in refs]
        if len(names) == 2 and names[0] not in self.known:
            names.reverse()  # both orders are written
        if len(names) == 2 and names[0] not in self.known:
            self.refuse(at, f"there is no feature `{names[0]}`")
        of = [*self.known.values()] if len(names) == 1 else [*self.known[names[0]].all()]
        having = [feature for feature in of if names[-1] in feature.numbers]
        if not having:
            self.refuse(at, f"no feature has a number `{names[-1]}`")
        for feature in having:
            weights[feature.name] = weights.get(feature.name, Fraction(0)) + times * feature.numbers[names[-1]]


def plural(count: int) -> str:
    return f"{count} feature{'' if count == 1 else 's'}"


def _tree(part: Tree[Token] | Token) -> Tree[Token]:
    assert isinstance(part, Tree)
    return part


def after(bound: Fraction, step: Fraction) -> Fraction:
    """The first multiple of a step above a bound."""
    return (bound // step + 1) * step


def before(bound: Fraction, step: Fraction) -> Fraction:
    """The last multiple of a step below a bound."""
    return -((-bound) // step + 1) * step
