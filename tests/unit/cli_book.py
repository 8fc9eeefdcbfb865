"""A small shop, as a folder on disk: what the tests of the command line price."""

from __future__ import annotations

from pathlib import Path

SHOP = """# A shop.
price book shop "A shop"
  currency EUR
  zone     "Europe/Amsterdam"
  prices   exclude tax
  round    half up to minor unit at {level}
  groups   gifts
  units    piece pieces, kilo kilos to 2 decimals

facts
  customer.tier: one of gold, silver from account
  customer.note: text optional

product mug "Mug"
  price 10.00 EUR per piece

product tea "Tea"
  price 33.33 EUR per kilo

steps
  list
  tier one only
  gift one only

tier discount gold on everything
  when customer.tier is gold
  give 10% off list
  because "Gold members"

gift surcharge wrapping on group gifts
  add 0.50 EUR

test "gold pays nine"
  quote  on 2026-01-15, customer.tier gold
  line   mug 2
  expect mug.unit = {expected} EUR
  expect applied  = gold
"""


def shop(folder: Path, level: str = "unit", expected: str = "9.00") -> Path:
    """Write the shop into a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    text = SHOP.replace("{level}", level).replace("{expected}", expected)
    (folder / "book.quo").write_text(text, encoding="utf-8")
    return folder
