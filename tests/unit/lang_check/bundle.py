"""A small book to add to: its text, and what checking says of an addition."""

from __future__ import annotations

from engine.lang import Checked, check

BOOK = """price book shop "Shop"
  currency EUR
  zone     "Europe/Amsterdam"
  families crm
  groups   rollout
  units    seat seats, hour hours to 2 decimals

facts
  customer.segment: one of startup, mid_market, enterprise
  customer.account: text optional
  customer.spend: money optional
  quote.term: duration 1 month to 60 months
  line.rush: yes or no optional

product seat "Seat"
  family crm
  price 49 EUR per seat

product help "Help"
  price 90 EUR per hour

product plan "Plan"
  price 10 EUR per seat per month
  never discounted

steps
  list
  volume one only
  offers best of
  extras additive
"""


def checked(text: str, **files: str) -> Checked:
    """Check the book with an addition; files by their stem are CSVs."""
    data = {f"{name}.csv": content.encode() for name, content in files.items()}
    return check({"book.quo": (BOOK + "\n" + text).encode(), **data})


def codes(text: str, **files: str) -> list[str]:
    """The codes of what is wrong, in order."""
    return [d.code for d in checked(text, **files).diagnostics if d.code != "W602"]
