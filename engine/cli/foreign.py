"""Rows in several currencies: each quote is priced by the plan of its own, at the rate of its date, as the service would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.cli.columns import CURRENCY, Lines, Prices, Reading, as_written, distinct, lines_of, price_table
from engine.plan.exchange import NoRate, rate_on
from engine.plan.plan import Plan
from engine.pricing.exchange import Currencies, no_rate
from engine.pricing.price import no_such_currency

Ints = npt.NDArray[np.int64]
OF_A_DATE = "INVALID_DATE: "
OF_A_RATE = ("NO_PRICE", "NO_COST")
"""What is missing where a rate is: a price of its own has none, and needs none."""


def price_rows(plan: Plan, reading: Reading, table: pa.Table) -> Prices:
    """Price a table's rows, each in the currency that it asks for (the book's, where it says none)."""
    asked = _asked(plan, reading, table)
    if asked is None:
        return price_table(plan, reading, table)
    priced = _Priced(plan, reading, table, *asked)
    priced.refuse()
    for code, days in priced.by_day().items():
        priced.price(code, days)
    return priced.prices()


def _asked(plan: Plan, reading: Reading, table: pa.Table) -> tuple[Ints, list[str]] | None:
    """(the number of each row's currency, the currencies); None where all rows are in the book's own."""
    home = plan.head.currency
    if CURRENCY in reading.constants:
        numbers, values = np.zeros(len(table), np.int64), [reading.constants[CURRENCY]]
    elif CURRENCY in reading.columns:
        numbers, values = distinct(table.column(reading.columns[CURRENCY]))
    else:
        return None
    words = [home if value is None else as_written(value) for value in values]
    codes = list(dict.fromkeys(words))
    return (np.array([codes.index(word) for word in words])[numbers], codes) if codes != [home] else None


@dataclass
class _Rows:
    """What is known of the rows: amounts, and the errors of those without."""

    unit_net: Ints
    net: Ints
    fine: npt.NDArray[np.bool_]
    errors: dict[int, str]


class _Priced:
    """A table while its rows are priced, currency by currency."""

    def __init__(self, plan: Plan, reading: Reading, table: pa.Table, numbers: Ints, codes: list[str]) -> None:
        self.plan, self.reading, self.table, self.numbers, self.codes = plan, reading, table, numbers, codes
        self.lines: Lines = lines_of(plan, reading, table)
        nothing = np.zeros(len(table), np.int64)
        self.rows = _Rows(nothing, nothing.copy(), nothing != 0, {})
        quote = np.arange(len(table)) if self.lines.quote is None else self.lines.quote
        _, first, of = np.unique(quote, return_index=True, return_inverse=True)
        self.first: Ints = first[of]  # the row that each row's quote begins with
        self.days: Ints = self.lines.date.whole()

    def refuse(self) -> None:
        """Rows in a currency that the book has not, and quotes in several."""
        known = (self.plan.head.currency, *self.plan.head.currencies)
        for number, code in enumerate(self.codes):
            if code not in known:
                error = no_such_currency(self.plan, code)
                self._fail(np.flatnonzero(self.numbers == number), f"{error.code}: {error.message}")
        mixed = np.unique(self.first[self.numbers != self.numbers[self.first]])
        said = "INVALID_FACT: the rows of this quote are in several currencies: a quote has one"
        self._fail(np.flatnonzero(np.isin(self.first, mixed)), said)
        self._refuse_dates()

    def _refuse_dates(self) -> None:
        """Quotes to be converted that have not one date: the rate is that of a day."""
        abroad = np.array([code != self.plan.head.currency for code in self.codes])[self.numbers]
        wrong = {row: error for row, error in self.lines.errors.items() if error.startswith(OF_A_DATE)}
        dated = np.ones(len(self.table), bool)
        dated[list(wrong)] = False
        for row in np.flatnonzero(abroad & ~dated[self.first]).tolist():
            of_first = wrong[int(self.first[row])].removeprefix(OF_A_DATE)
            said = f"{OF_A_DATE}this quote has no date to take its rate of: in its first row {of_first}"
            self.rows.errors.setdefault(row, wrong.get(row, said))
        others = abroad & dated & dated[self.first] & (self.days != self.days[self.first])
        for row in np.flatnonzero(dated & np.isin(self.first, np.unique(self.first[others]))).tolist():
            day = date.fromordinal(int(self.days[self.first[row]])).isoformat()
            said = f"{OF_A_DATE}the rows of this quote are of several dates, the first of {day}: a quote has one, and its rate"
            self.rows.errors.setdefault(row, said)

    def _fail(self, rows: Ints, error: str) -> None:
        for row in rows.tolist():
            self.rows.errors.setdefault(row, error)

    def by_day(self) -> dict[str, dict[int, Ints]]:
        """The rows that are left, by currency and by their quote's date."""
        open_ = np.ones(len(self.table), bool)
        open_[list(self.rows.errors)] = False
        of_quote = self.days[self.first]
        found: dict[str, dict[int, Ints]] = {}
        for number in np.unique(self.numbers[open_]).tolist():
            mine = np.flatnonzero(open_ & (self.numbers == number))
            home = self.codes[number] == self.plan.head.currency
            days = np.zeros(len(mine), np.int64) if home else of_quote[mine]
            found[self.codes[number]] = {int(day): mine[days == day] for day in np.unique(days)}
        return found

    def price(self, code: str, days: dict[int, Ints]) -> None:
        """Price the rows of a currency, those of one rate together."""
        book = self.plan.exchange
        if code == self.plan.head.currency or book is None:
            self._take(self.plan, np.concatenate(list(days.values())))
            return
        by_rate: dict[object, list[int]] = {}
        for day in days:
            found = rate_on(book, code, day)
            by_rate.setdefault(None if found is None else found.rate, []).append(day)
        for rate, mine in by_rate.items():
            rows = np.sort(np.concatenate([days[day] for day in mine]))
            try:
                self._take(self.plan.beside(Currencies).plan_in(code, rate), rows, code if rate is None else "")  # type: ignore[arg-type]
            except NoRate:
                self._without_rate(code, rows)

    def _take(self, plan: Plan, rows: Ints, unrated: str = "") -> None:
        """Price rows by a plan. `unrated`: a currency without a rate, for want of which others have no price."""
        made = price_table(plan, self.reading, self.table.take(rows))
        self.rows.unit_net[rows], self.rows.net[rows], self.rows.fine[rows] = made.unit_net, made.net, made.fine
        for row, error in made.errors.items():
            self.rows.errors[int(rows[row])] = error
        if unrated:
            missing = [row for row, error in made.errors.items() if error.startswith(OF_A_RATE)]
            self._without_rate(unrated, rows[missing])

    def _without_rate(self, code: str, rows: Ints) -> None:
        for row in rows.tolist():
            if row in self.lines.errors:  # which says more: perhaps that there is no such date
                self.rows.errors[row] = self.lines.errors[row]
                continue
            error = no_rate(self.plan, code, self.lines.sku(row), int(self.days[self.first[row]]))
            self.rows.errors[row] = f"{error.code}: {error.message}"

    def prices(self) -> Prices:
        """What was found."""
        rows = self.rows
        return Prices(
            rows.unit_net, rows.net, rows.fine, rows.errors, pa.array(self.codes).take(pa.array(self.numbers))
        )
