"""The checked form of bundles: parts, attributes and the rules between them, every name settled; `configure` makes models of it.

Whatever a rule looks at has a path from its bundle: a part or attribute by its name (`plan`, `colour`), the quantity of one of
several things by part and code (`memory.dimm_8`), what is in a bundle inside behind that part's path (`desk.colour`). Numbers are
ticks (millionths), weights of sums exact fractions.

Facts of the customer and the quote stand at their own paths (`customer.segment`), in whatever bundle a rule looks at them; their
numbers are ticks of their kind (`values.kinds`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from engine.lang.places import Span
from engine.values.kinds import decimal

NONE = "none"
"""What stands for a part of which nothing is chosen."""
CHOSEN = "chosen"
ONE = 1_000_000
FACTS = ("customer", "quote")
"""What the paths of facts begin with, so that nothing in a bundle is called so."""


def is_fact(path: str) -> bool:
    """Whether a path is of a fact, which is given and never chosen."""
    return path.startswith(tuple(f"{root}." for root in FACTS))


# ---------------------------------------------------------------- what is chosen


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers from `low` to `high`, `step` apart."""

    low: int
    high: int
    step: int

    @property
    def count(self) -> int:
        """How many they are."""
        return (self.high - self.low) // self.step + 1

    def __str__(self) -> str:
        steps = "" if self.step == ONE or self.low == self.high else f" in steps of {decimal(self.step)}"
        return decimal(self.low) + ("" if self.low == self.high else f" to {decimal(self.high)}{steps}")

    def has(self, tick: int) -> bool:
        """Whether a number is one of them."""
        return self.low <= tick <= self.high and (tick - self.low) % self.step == 0


@dataclass(frozen=True, slots=True)
class Attribute:
    """One of `values`, or one of `numbers`. A question (`asked`) may be left without an answer."""

    name: str
    title: str
    values: tuple[str, ...]
    numbers: Numbers | None
    asked: bool
    default: str | int | None
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Member:
    """A product, or a bundle inside, that a part offers."""

    code: str
    bundle: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Part:
    """`low` to `high` of the members are chosen, each in one of the quantities `each`.

    `default`: the members chosen unless someone says otherwise, each with its quantity (None: the least); () chooses none, None
    says nothing.
    """

    name: str
    title: str
    members: tuple[Member, ...]
    low: int
    high: int
    each: Numbers
    default: tuple[tuple[str, int | None], ...] | None
    span: Span
    text: str
    default_span: Span | None = None

    @property
    def single(self) -> bool:
        """Whether it is the one thing that it is called by."""
        return len(self.members) == 1 and self.members[0].code == self.name


# ---------------------------------------------------------------- conditions


@dataclass(frozen=True, slots=True)
class Has:
    """The part or attribute at `path` has one of these values: a member is chosen of it, an attribute is so. False where nothing is."""

    path: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Counts:
    """The number or quantity at `path` is from `low` to `high` (None: open). What is not chosen counts 0."""

    path: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """The fact at `path` was given. While it is not, `Has` and `Counts` of it are false."""

    path: str


@dataclass(frozen=True, slots=True)
class Lacks:
    """The condition does not hold."""

    of: Holds


@dataclass(frozen=True, slots=True)
class Every:
    """Each one holds; `Every(())` always does."""

    of: tuple[Holds, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one holds; `Some(())` never does."""

    of: tuple[Holds, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """Some pair of one and other at the same place both hold, where of each side one holds at most: two parts have an attribute alike."""

    one: tuple[Has, ...]
    other: tuple[Has, ...]


Holds = Has | Counts | Known | Lacks | Every | Some | Alike


def atoms_in(said: tuple[object, ...]) -> Iterator[Has | Counts | Known]:
    """Everything that rules and conditions look at."""
    todo: list[object] = list(said)
    while todo:
        one = todo.pop()
        if isinstance(one, Has | Counts | Known):
            yield one
        elif isinstance(one, tuple):
            todo += one
        elif hasattr(one, "__dataclass_fields__"):
            todo += [getattr(one, name) for name in one.__dataclass_fields__ if name != "span"]


# ---------------------------------------------------------------- rules


@dataclass(frozen=True, slots=True)
class Must:
    """What has to hold: `require`, `forbid`, `implies`, `narrows`, `if and only if`."""

    holds: Holds


@dataclass(frozen=True, slots=True)
class HowMany:
    """From `low` to `high` of these hold, where `when` does."""

    of: tuple[Holds, ...]
    low: int
    high: int
    when: Holds


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a sum: what all things chosen below the paths of `of` have of an attribute (or `quantity`), times `weight`;
    with `path`, the number there. Of prices, `each` says what a unit of a product costs, in units of the book's currency."""

    weight: int
    what: str
    of: tuple[str, ...]
    path: str = ""
    each: tuple[tuple[str, Fraction], ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """The terms come to `low` to `high` (None: open), where `when` holds."""

    terms: tuple[Term, ...]
    low: Fraction | None
    high: Fraction | None
    when: Holds


@dataclass(frozen=True, slots=True)
class Allowed:
    """The allowed combinations of what stands at `columns`; a cell is what it may be, None: anything. While nothing is chosen of a
    column it asks nothing, unless a row says `none` of it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Holds | None, ...], ...]


@dataclass(frozen=True, slots=True)
class BundleRule:
    """A rule of a bundle, as it was written (`text`), and why."""

    asks: Must | HowMany | Total | Allowed
    span: Span
    text: str
    because: str | None
    guides: bool = False  # it is there for the answer to a question: `narrows`


@dataclass(frozen=True, slots=True)
class Preference:
    """What is chosen rather than not where `when` holds and nobody says otherwise."""

    holds: Holds
    when: Holds
    span: Span
    text: str
    because: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """What is said while `when` holds; it forbids nothing."""

    severity: Literal["warning", "note"]
    says: str
    when: Holds
    span: Span


@dataclass(frozen=True, slots=True)
class Shown:
    """While `when` holds, the values that `of` names are not shown (`hide`), or shown and not to be chosen by hand (`disable`)."""

    how: Literal["hide", "disable"]
    of: tuple[Has, ...]
    when: Holds
    span: Span
    because: str | None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a test expects of the configurations left: that it holds in each (`expect`), in some (`allow`), in none (`refuse`); in each
    that defaults and preferences complete it to (`complete`)."""

    kind: Literal["expect", "allow", "refuse", "complete"]
    holds: Holds
    because: str | None
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class ConfigurationTest:
    """A `configure` block: what facts are given, what is chosen, and what is expected then."""

    bundle: str
    name: str
    given: Holds
    chosen: Holds
    expect: tuple[Expectation, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is configured. `features` (of a shared bundle: `shared`) are the names of those it has; inside another bundle that has
    one of them too, that one's attributes are meant."""

    name: str
    title: str
    parts: tuple[Part, ...]
    attributes: tuple[Attribute, ...]
    features: tuple[str, ...]
    rules: tuple[BundleRule, ...]
    preferences: tuple[Preference, ...]
    messages: tuple[Message, ...]
    shown: tuple[Shown, ...]
    shared: bool
    span: Span
