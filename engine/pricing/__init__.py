"""Prices quotes: quote -> columns -> kernels -> priced quote, with the reason for every cent."""

from engine.pricing.price import price_quote, price_quotes, read_facts

__all__ = ["price_quote", "price_quotes", "read_facts"]
