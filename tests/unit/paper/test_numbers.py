"""Amounts, quantities, percents and days as each country writes them, with every digit that there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.paper.numbers import numbers_of
from engine.values.kinds import MICROS as M
from tests.unit.paper.sheets import day

N, T = "\u00a0", "\u202f"  # spaces that do not break, the second a narrow one
COUNTRIES = ("nl", "nl-BE", "de", "de-CH", "fr", "fr-CH", "en", "en-US")


@pytest.mark.parametrize(
    ("tag", "money", "amount", "percent", "written"),
    [
        ("nl", f"€{N}1.234.567,50", "1.234.567,50", "8,1%", "4 mei 2026"),
        ("nl-BE", f"€{N}1.234.567,50", "1.234.567,50", "8,1%", "4 mei 2026"),
        ("de", f"1.234.567,50{N}€", "1.234.567,50", f"8,1{N}%", "4. Mai 2026"),
        ("de-CH", f"EUR{N}1’234’567.50", "1’234’567.50", "8.1%", "4. Mai 2026"),
        ("fr", f"1{T}234{T}567,50{N}€", f"1{T}234{T}567,50", f"8,1{N}%", "4 mai 2026"),
        ("fr-CH", f"1{T}234{T}567.50{N}€", f"1{T}234{T}567.50", "8,1%", "4 mai 2026"),
        ("en", "€1,234,567.50", "1,234,567.50", "8.1%", "4 May 2026"),
        ("en-US", "€1,234,567.50", "1,234,567.50", "8.1%", "May 4, 2026"),
    ],
)
def test_each_country_writes_its_own_way(tag: str, money: str, amount: str, percent: str, written: str) -> None:
    numbers = numbers_of(tag, "EUR")
    assert numbers.money(1_234_567_500_000) == money
    assert numbers.amount(1_234_567_500_000) == amount
    assert numbers.percent(81_000) == percent
    assert numbers.day(day(2026, 5, 4)) == written


@pytest.mark.parametrize(
    ("currency", "micros", "amount"),
    [
        ("EUR", 400, "0.0004"), ("EUR", 0, "0.00"), ("EUR", -5_880_000, "−5.88"), ("EUR", 34_500_001, "34.500001"),
        ("JPY", 1_234 * M, "1,234"), ("JPY", 1_234_500_000, "1,234.5"), ("KWD", 1_500_000, "1.500"),
        ("EUR", 2**63 - 1, "9,223,372,036,854.775807"),
    ],
)  # fmt: skip
def test_all_digits_are_kept(currency: str, micros: int, amount: str) -> None:
    assert numbers_of("en", currency).amount(micros) == amount


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(COUNTRIES))
def test_an_amount_can_be_read_back_to_the_last_micro(micros: int, tag: str) -> None:
    numbers = numbers_of(tag, "EUR")
    text = numbers.amount(micros)
    whole, _, part = text.lstrip("−").partition(numbers.point)
    assert int("".join(filter(str.isdigit, whole))) * M + int(part.ljust(6, "0")) == abs(micros)
    assert text.startswith("−") == (micros < 0)


@pytest.mark.parametrize(
    ("tag", "one", "many", "half", "sign"),
    [
        ("nl", "1 stuk", "1.500 stuks", "12,5 uur", "3 GB"),
        ("de", "1 Stück", "1.500 Stück", "12,5 Stunden", f"3{N}GB"),
        ("fr", "1 pièce", f"1{T}500 pièces", "12,5 heures", f"3{T}Go"),
        ("en", "1 piece", "1,500 pieces", "12.5 hours", "3 GB"),
    ],
)
def test_units_are_in_the_language_and_agree_with_their_number(
    tag: str, one: str, many: str, half: str, sign: str
) -> None:
    numbers = numbers_of(tag, "EUR")
    assert numbers.quantity(M, "piece", "pieces") == one
    assert numbers.quantity(1_500 * M, "piece", "pieces") == many
    assert numbers.quantity(12_500_000, "hour", "hours") == half
    assert numbers.quantity(3 * M, "gb", "gb") == sign


def test_a_unit_of_the_books_own_stays_as_it_is() -> None:
    assert numbers_of("nl", "EUR").quantity(M, "seat", "seats") == "1 seat"
    assert numbers_of("nl", "EUR").quantity(2 * M, "seat", "seats") == "2 seats"
    assert numbers_of("fr", "EUR").quantity(0, "piece", "pieces") == "0 pièce"  # French counts none as one


@pytest.mark.parametrize(
    ("tag", "length", "days"),
    [
        ("nl", "13 maanden, 1 dag", "1 jan 2026 – 31 dec 2026"),
        ("de", "13 Monate, 1 Tag", "01.01.2026 – 31.12.2026"),
        ("fr", "13 mois, 1 jour", "1 janv. 2026 – 31 déc. 2026"),
        ("en", "13 months, 1 day", "1 Jan 2026 – 31 Dec 2026"),
    ],
)
def test_times_are_said_in_months_and_days_and_by_their_last_day(tag: str, length: str, days: str) -> None:
    numbers = numbers_of(tag, "EUR")
    assert numbers.length(13, 1) == length
    assert numbers.days(day(2026, 1, 1), day(2027, 1, 1)) == days


def test_prices_below_the_smallest_coin_are_said_of_many() -> None:
    euros, yen = numbers_of("en", "EUR"), numbers_of("en", "JPY")
    assert euros.many_for(400) == euros.many_for(12_000, 9_600) == 1_000
    assert euros.many_for(10_000) == euros.many_for(0, 49 * M) == euros.many_for() == 1
    assert yen.many_for(500_000) == 1_000


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="`EURO` is not a currency"):
        numbers_of("en", "EURO")
