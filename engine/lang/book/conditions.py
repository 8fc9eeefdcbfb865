"""When something holds of a line: tests of facts and of sums over lines, and how they are joined."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from engine.lang.book.prices import Period


@dataclass(frozen=True, slots=True)
class Fold:
    """A sum over the lines of a quote, for a condition or a tier to measure.

    `quantity` is in ticks, `amount` in whole micros as a customer would see them (rounded at the book's level), `lines`
    counts lines (in ticks: a million each). Credits count as less. `at` is the step after which an amount is taken (0: at list);
    None: as the step that asks begins. `period`: only what is charged so often. `products` and `where` say which lines;
    `same_group`: only those of the group of the line that asks. `plus` is a fact that is added: what was bought before;
    an amount counts `plus_rate` times, which is the rate of a quote in another currency than the book's.
    """

    what: Literal["quantity", "amount", "lines"]
    products: frozenset[int] | None = None
    where: Condition | None = None
    at: int | None = 0
    period: Period | None = None
    same_group: bool = False
    plus: int | None = None
    own: bool = False  # the line that asks alone
    in_roots: bool = (
        False  # each line's quantity in the unit that its own is made of: units of a kind are counted alike
    )
    plus_rate: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a condition looks at: a fact by index (`fact` >= 0), a fold, or one of the built-in ones (neither).

    Built in: `line.quantity` (ticks, without its sign), `line.group` and `line.bundle` (str), `quote.date` (ordinal), `code X`
    (`yes` where the quote came with the code X).
    """

    name: str
    fact: int | None = None
    ordered: bool = False  # its values are ticks, not words
    fold: Fold | None = None


@dataclass(frozen=True, slots=True)
class Is:
    """The subject has one of these words. False while the subject is unknown."""

    subject: Subject
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Within:
    """low <= subject <= high in ticks; None is open. False while the subject is unknown."""

    subject: Subject
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """An optional fact was given."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold. Over an unknown optional fact: `not (x is a)` holds, as `x is a` does not."""

    of: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Every one holds; `All(())` is always true."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one holds; `Any(())` is never true."""

    of: tuple[Condition, ...]


Condition = Is | Within | Known | Not | All | Any
ALWAYS = All(())
