"""How a party is found again: writing makes no difference, and what is another is another."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.lifecycle.matching import company_form, keys, mail_form
from engine.lifecycle.parties import Account, Address, Contact

_NAMES = st.lists(st.text("abcdefghijklmnopqrstuvwxyzéüñø0123456789", min_size=3, max_size=12), min_size=1, max_size=4)
_FORMS = st.sampled_from(
    ["", "BV", "b.v.", "B. V.", "GmbH", "GmbH & Co. KG", "Ltd.", "LLC", "S.A.", "s.p.a.", "N.V.", "Oy"]
)
_LOCAL = st.text("abcdefghijklmnopqrstuvwxyz0123456789._", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme B.V.", "ACME bv"), ("Müller GmbH & Co. KG", "Muller"), ("Société Générale S.A.", "SOCIETE GENERALE SA"),
        ("J.P. Morgan", "JP Morgan"), ("Black & Decker, Inc.", "Black and Decker"), ("Foo N. V.", "foo"),
    ],
)  # fmt: skip
def test_a_company_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert company_form(one) == company_form(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Acme Tools", "Acme"), ("BV", "GmbH"), ("3M", "4M"), ("株式会社", "有限会社")]
)
def test_another_company_is_another(one: str, other: str) -> None:
    assert company_form(one) != company_form(other)


@given(_NAMES, _FORMS, st.sampled_from([str.upper, str.title, str.lower]), st.sampled_from([" ", "  ", ", ", " - "]))
def test_capitals_signs_and_legal_forms_make_no_difference(words: list[str], form: str, way: object, gap: str) -> None:
    plain = company_form(" ".join(words))
    assert company_form(f"{way(gap.join(words))} {form}") == company_form(f"{' '.join(words)} {form}")  # type: ignore[operator]
    assert plain == company_form(plain), "the form is its own form"
    assert re.fullmatch(r"[\w ]*", plain)


@given(st.text(max_size=40))
@example("\U0001d756")  # a letter for formulas, which is a capital once it is a plain one
def test_any_text_has_a_form_that_stays(text: str) -> None:
    once = company_form(text)
    assert company_form(once) == once
    assert mail_form(mail_form(text)) == mail_form(text)


@given(_LOCAL, st.text("abc", max_size=5))
def test_mail_is_the_same_in_capitals_and_with_a_tag(local: str, tag: str) -> None:
    assert mail_form(f"{local.upper()}+{tag}@Example.ORG") == mail_form(f"{local}@example.org")
    assert mail_form(f"{local}x@example.org") != mail_form(f"{local}@example.org")


def test_keys_are_hashes_of_what_is_said_and_nothing_else() -> None:
    ann = Contact(display_name="Ann", email="ann@acme.example", phone="+31201234567")
    both = keys([ann], "Acme BV", "NL")
    assert len(both) == 3 and all(re.fullmatch(r"[0-9a-f]{32}", one) for one in both)
    assert keys([], "Acme", "NL") < both
    assert not keys([], "Acme", "BE") & both, "a company of another country is another"
    assert keys([Contact(display_name="Ann")], "Acme", "") == frozenset()


def test_an_account_that_is_erased_matches_nobody_any_more() -> None:
    account = Account(
        display_name="Acme", contacts=(Contact(email="a@b.example"),), billing_address=Address(country_code="NL")
    )
    assert len([one for one in account.found_by() if one[0] == "match"]) == 2
    assert len([one for one in account.erased().found_by() if one[0] == "match"]) == 1, "the company is not personal"
