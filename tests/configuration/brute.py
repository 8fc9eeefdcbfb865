"""Models small enough to try every combination: the rules read as they are meant, one configuration after the other."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

from hypothesis import strategies as st

from engine.configure.model import Clause, Group, Model, Rule, Sum, Table

Chosen = tuple[bool, ...]
OPTIONS = 9


def keeps(rule: Rule, chosen: Chosen) -> bool:
    """Whether a configuration keeps a rule."""
    match rule:
        case Group(members=members, low=low, high=high, under=under):
            count = sum(chosen[member] for member in members)
            return low <= count <= high if under is None or chosen[under] else count == 0
        case Clause(literals=literals):
            return any(chosen[literal // 2] != bool(literal % 2) for literal in literals)
        case Table(columns=columns, rows=rows, under=under):
            values = [[option for option in column if chosen[option]] for column in columns]
            one_each = all(len(value) == 1 for value in values)
            allowed = any(all(c is None or [c] == v for c, v in zip(row, values, strict=True)) for row in rows)
            return (under is not None and not chosen[under]) or (one_each and allowed)
        case Sum(terms=terms, low=low_, high=high_):
            total = sum(weight for option, weight in terms if chosen[option])
            return (low_ is None or total >= low_) and (high_ is None or total <= high_)


def configurations(model: Model, literals: tuple[int, ...] = ()) -> list[Chosen]:
    """Every configuration with all the literals."""
    return [one for one in _all(model) if all(one[literal // 2] != bool(literal % 2) for literal in literals)]


@lru_cache(maxsize=64)
def _all(model: Model) -> list[Chosen]:
    every = product([False, True], repeat=len(model.options))
    return [chosen for chosen in every if all(keeps(rule, chosen) for rule in model.rules)]


def literals() -> st.SearchStrategy[int]:
    return st.integers(0, 2 * OPTIONS - 1)


def members(least: int = 1) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.integers(0, OPTIONS - 1), min_size=least, max_size=5, unique=True).map(tuple)


@st.composite
def groups(draw: st.DrawFn) -> Group:
    inside = draw(members())
    low = draw(st.integers(0, len(inside) + 1))
    outside = [option for option in range(OPTIONS) if option not in inside]
    return Group(inside, low, draw(st.integers(low, len(inside) + 2)), draw(st.none() | st.sampled_from(outside)))


def clauses() -> st.SearchStrategy[Clause]:
    return st.lists(literals(), min_size=1, max_size=4, unique=True).map(lambda some: Clause(tuple(some)))


@st.composite
def sums(draw: st.DrawFn) -> Sum:
    terms = tuple((option, draw(st.integers(-6, 9))) for option in draw(members(2)))
    low, high = draw(st.none() | st.integers(-8, 12)), draw(st.none() | st.integers(-8, 20))
    return Sum(terms, low, high)


@st.composite
def tables(draw: st.DrawFn) -> list[Rule]:
    """A table, by itself or with the variables that are its columns, or under an option."""
    columns = ((0, 1, 2), (3, 4), (5, 6, 7))[: draw(st.integers(2, 3))]
    cells = st.tuples(*(st.none() | st.sampled_from(column) for column in columns))
    rows = tuple(draw(st.lists(cells, min_size=1, max_size=6)))
    under = draw(st.none() | st.just(8))
    variables = [Group(column, 1, 1, under) for column in columns] if draw(st.booleans()) else []
    return [*variables, Table(columns, rows, under)]


@st.composite
def models(draw: st.DrawFn, with_sums: bool = True) -> Model:
    rules: list[Rule] = list(draw(st.lists(groups() | clauses(), max_size=6)))
    if draw(st.booleans()):
        rules += draw(tables())
    if with_sums:
        rules += draw(st.lists(sums(), max_size=2))
    return Model("drawn", tuple(f"o{i}" for i in range(OPTIONS)), tuple(rules))
