"""What a clone takes over of a quote, and what not: each field is decided on, so that a new one cannot be forgotten."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from engine.lifecycle.cloning import LEFT, LEFT_WITH_THE_ACCOUNT, cloned
from engine.lifecycle.quote import Acceptance, Approved, Bundle, Line, Need, Option, Quote, QuoteStatus, Total, Version
from engine.lifecycle.terms import Terms

TAKEN = {
    Quote: {
        "display_name", "account", "opportunity", "entity", "book", "currency_code", "language_code", "facts", "coupon_codes", "grants",
        "start_date", "end_date", "options", "valid_days", "net_days", "notes", "show_discounts",
    },
    Option: {"option_id", "title", "description", "recommended", "lines", "bundles"},
}  # fmt: skip
"""What a clone takes over. A field that stands neither here nor in `LEFT` has to be decided on."""
SAID: dict[str, Any] = {
    "status": QuoteStatus.ACCEPTED, "facts": {"a": "b"}, "account_facts": {"a": "b"}, "grants": {"a": "1"}, "coupon_codes": ("X",),
    "editors": ("sam",), "approval_reasons": ("more",), "approved": Approved(version=1), "acceptance": Acceptance(by="ann"),
    "versions": (Version(version=1),), "lines": (Line(product="seat"),), "bundles": (Bundle(product="kit"),), "totals": (Total(),),
    "problems": ("none",), "needs": (Need(),), "terms": Terms(), "exhausted": ("spring",),
}  # fmt: skip


def full(kind: type[Any], **said: Any) -> Any:
    """One in which every field says something."""
    by_type = {"str": "said", "int": 7, "bool": True}
    chosen = {one.name: SAID.get(one.name) or by_type.get(str(one.type)) for one in fields(kind)}
    made = kind(**(chosen | said))
    assert all(getattr(made, one.name) not in (None, getattr(kind(), one.name)) for one in fields(kind))
    return made


QUOTE = full(Quote, options=(full(Option),))


@pytest.mark.parametrize("kind", [Quote, Option])
def test_each_field_is_taken_over_or_left_for_a_reason(kind: type[Any]) -> None:
    names = {one.name for one in fields(kind)}
    assert TAKEN[kind] | LEFT[kind].keys() == names and not TAKEN[kind] & LEFT[kind].keys()
    assert all(LEFT[kind].values())


def test_a_clone_has_what_it_takes_and_nothing_else() -> None:
    copy = cloned(QUOTE, "quotes/new", "ann")
    one, option = copy.options[0], QUOTE.options[0]
    for name in TAKEN[Quote] - {"options"}:
        assert getattr(copy, name) == getattr(QUOTE, name), name
    for name in TAKEN[Option]:
        assert getattr(one, name) == getattr(option, name), name
    known = replace(Quote(), name="quotes/new", owner="ann", cloned_from=QUOTE.name)
    for kind, made, fresh in ((Quote, copy, known), (Option, one, Option())):
        for name in LEFT[kind]:
            assert getattr(made, name) == getattr(fresh, name), name


def test_for_another_account_it_leaves_what_is_of_its_own() -> None:
    copy = cloned(QUOTE, "", "ann", "accounts/globex")
    assert (copy.account, copy.opportunity) == ("accounts/globex", "")
    for kind, made in ((Quote, copy), (Option, copy.options[0])):
        for name, why in LEFT_WITH_THE_ACCOUNT[kind].items():
            assert name in TAKEN[kind] and why and getattr(made, name) == getattr(kind(), name), name
    assert (copy.net_days, copy.currency_code, copy.options[0].lines) == (7, "said", QUOTE.options[0].lines)


def test_all_that_is_personal_stays_with_its_account() -> None:
    left = {kind: LEFT[kind].keys() | LEFT_WITH_THE_ACCOUNT[kind].keys() for kind in (Quote, Option)}
    for path in Quote().personal():
        first, _, inner = path.partition(".")
        assert inner in left[Option] if first == "options" else first in left[Quote], path


def test_for_another_account_it_leaves_what_its_own_account_gave() -> None:
    gave: dict[str, Any] = {"net_days": {7, 30}, "currency_code": {"EUR"}, "language_code": {"said"}}
    copy = cloned(QUOTE, "", "ann", "accounts/globex", gave)
    assert (copy.net_days, copy.currency_code, copy.language_code) == (0, "said", "")
    for account in ("", QUOTE.account):
        same = cloned(QUOTE, "", "ann", account, gave)
        assert (same.net_days, same.display_name, same.opportunity) == (7, "said", "said")
