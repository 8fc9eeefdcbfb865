"""What `quo diff` says of bundles: parts and attributes by name, rules by what they ask; of order and layout nothing."""

from __future__ import annotations

import pytest

from engine.pricing.compare.difference import changes
from tests.unit.compare.books import TEXT, book_of

BUNDLES = """bundle kit "Kit"
  with look
  part saw  1 to 4 default 2
  part more up to 1 of oil, help
  attribute length: 10 to 20 in steps of 5
  require oil, help when saw >= 2 because "It runs hot"
  sum of teeth <= 200
  warn "Heavy" when saw >= 3
  prefer oil

features look
  attribute colour: one of red, blue default red

product saw "Saw"
  attribute teeth 24"""
BASE = TEXT.replace('product saw "Saw"', BUNDLES)
SAID = [
    ("kit, part saw: 1 to 4 default 2 -> 1 to 6 default 2", ("1 to 4", "1 to 6")),
    ("kit, part more: up to 1 of help, oil -> one of help, oil", ("up to 1 of", "one of")),
    ("kit, part spare: one of saw", ("  part more", "  part spare one of saw\n  part more")),
    ("kit, attribute length: 10 to 20 in steps of 5", ("  attribute length: 10 to 20 in steps of 5\n", "")),
    ("look, attribute colour: one of red, blue default red -> one of red, blue default blue", ("default red", "default blue")),
    ("kit, rule: sum of teeth <= 200 -> sum of teeth <= 250", ("<= 200", "<= 250")),
    ('kit, rule: warning "Heavy"', ('  warn "Heavy" when saw >= 3\n', "")),
    ('kit, rule: require oil, help when saw >= 2 because "It runs hot" -> require oil, help when saw >= 2', (' because "It runs hot"', "")),
    ("kit, with: look -> nothing", ("  with look\n", "")),
    ("saw, attribute teeth: 24 -> 32", ("teeth 24", "teeth 32")),
    ("kit, title: Kit -> Tool kit", ('"Kit"', '"Tool kit"')),
    ("tray: part oil", ("features look", "bundle tray\n  part oil\n\nfeatures look")),
]  # fmt: skip


@pytest.mark.parametrize(("said", "change"), SAID, ids=[said[:40] for said, _ in SAID])
def test_a_change_of_a_bundle_is_said_by_its_meaning(said: str, change: tuple[str, str]) -> None:
    assert [one.words for one in changes(book_of(BASE), book_of(BASE, change))] == [said]


@pytest.mark.parametrize("change", [
    ("require oil, help when", "require help, oil\n    when"),
    ("up to 1 of oil, help", "up to 1 of help, oil"),
    ("part saw  1 to 4 default 2\n  part more up to 1 of oil, help", "part more up to 1 of oil, help\n  part saw 1 to 4 default 2"),
])  # fmt: skip
def test_order_and_layout_of_a_bundle_are_no_change(change: tuple[str, str]) -> None:
    assert changes(book_of(BASE), book_of(BASE, change)) == []
