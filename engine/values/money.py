"""An amount that is given per currency: in the book's, and in others where it is not to be converted."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any


class PerCurrency(Fraction):
    """An amount in the book's currency, which it counts as, with `own` amounts by the code of other currencies.

    Multiplied or divided by a number all of them are; any other arithmetic is that of the book's amount alone.
    """

    own: Mapping[str, Fraction]

    def __new__(cls, amount: Fraction, own: Mapping[str, Fraction]) -> PerCurrency:
        made = super().__new__(cls, amount)
        made.own = dict(own)
        return made

    def _each(self, factor: Any) -> PerCurrency:
        return PerCurrency(Fraction(self) * factor, {code: amount * factor for code, amount in self.own.items()})

    def __mul__(self, other: Any) -> Any:
        return self._each(other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self._each(Fraction(1, 1) / other)

    def __neg__(self) -> PerCurrency:
        return self._each(-1)

    def __eq__(self, other: Any) -> bool:
        """Equal to a number it counts as; to another amount only where they are the same in every currency."""
        if isinstance(other, PerCurrency):
            return Fraction.__eq__(self, other) and self.own == other.own
        return type(other) is not Fraction and Fraction.__eq__(self, other)

    __hash__ = Fraction.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        return PerCurrency, (Fraction(self.numerator, self.denominator), self.own)


def amount_in(amount: Fraction, code: str, rate: Fraction | None) -> Fraction | None:
    """An amount in a currency: its own there, else converted; None where there is no rate."""
    if isinstance(amount, PerCurrency) and code in amount.own:
        return amount.own[code]
    return None if rate is None else Fraction(amount.numerator, amount.denominator) * rate
