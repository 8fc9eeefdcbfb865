"""Taxes and rates of exchange on the wire, both ways."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from google.type import date_pb2

from engine.pricing.quote import Exchange, LineTax, TaxTotal
from engine.values.kinds import exact_decimal
from quotient.v1 import pricing_pb2


def tax_of(shown: bool, tax: LineTax) -> pricing_pb2.LineTax:
    """A LineTax; rule and reason where the role may see rules."""
    return pricing_pb2.LineTax(
        rule=tax.rule if shown else "", category=tax.category, rate_micros=tax.rate, tax_amount_micros=tax.tax_amount,
        gross_amount_micros=tax.gross_amount, list_tax_amount_micros=tax.list_tax, list_gross_amount_micros=tax.list_gross,
        because=(tax.because or "") if shown else "",
    )  # fmt: skip


def tax_total_of(total: TaxTotal) -> pricing_pb2.TaxTotal:
    """A TaxTotal. Its reason is for the invoice, so everyone sees it."""
    return pricing_pb2.TaxTotal(
        name=total.name, category=total.category, rate_micros=total.rate, taxable_amount_micros=total.taxable_amount,
        tax_amount_micros=total.tax_amount, because=total.because or "",
    )  # fmt: skip


def exchange_of(one: Exchange) -> pricing_pb2.ExchangeRate:
    """An ExchangeRate."""
    day = None if one.start is None else date.fromordinal(one.start)
    return pricing_pb2.ExchangeRate(
        from_currency_code=one.source, to_currency_code=one.target, rate=exact_decimal(one.rate),
        from_date=None if day is None else date_pb2.Date(year=day.year, month=day.month, day=day.day),
    )  # fmt: skip


def tax_from(tax: pricing_pb2.LineTax) -> LineTax:
    """A line's tax, from the wire."""
    return LineTax(
        tax.rule, tax.category, tax.rate_micros, tax.tax_amount_micros, tax.gross_amount_micros, tax.list_tax_amount_micros,
        tax.list_gross_amount_micros, tax.because or None,
    )  # fmt: skip


def tax_total_from(total: pricing_pb2.TaxTotal) -> TaxTotal:
    """A total's tax, from the wire."""
    return TaxTotal(
        total.name, total.category, total.rate_micros, total.taxable_amount_micros, total.tax_amount_micros,
        total.because or None,
    )  # fmt: skip


def exchange_from(one: pricing_pb2.ExchangeRate) -> Exchange:
    """A rate of exchange, from the wire."""
    day = one.from_date
    start = date(day.year, day.month, day.day).toordinal() if day.year else None
    return Exchange(one.from_currency_code, one.to_currency_code, Fraction(one.rate), start)
