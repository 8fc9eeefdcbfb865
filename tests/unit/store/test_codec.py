"""Documents as bytes: nothing is lost, what is personal is apart, and what an older release wrote is read."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from engine.lifecycle.approval import Approval, Step
from engine.lifecycle.parties import Account, AccountKind, Contact
from engine.lifecycle.quote import Acceptance, Quote
from engine.pricing.quote import Exchange
from engine.services.refusal import Refused
from engine.store import codec


def test_an_account_is_read_back_with_what_is_personal() -> None:
    account = Account(name="accounts/a", etag=3, display_name="A", contacts=(Contact(email="a@b.example"),))
    body, personal = codec.encode(account)
    assert b"a@b.example" not in body and b"a@b.example" in personal
    assert codec.decode(Account, body, personal, "N-1") == codec.decode(Account, body, personal).__class__(
        **{**{f: getattr(account, f) for f in ("name", "etag", "display_name", "contacts")}, "number": "N-1"}
    )
    assert codec.decode(Account, body).contacts == ()


def test_of_a_person_the_name_is_apart_too() -> None:
    body, personal = codec.encode(Account(display_name="Jan", kind=AccountKind.PERSON))
    assert b"Jan" not in body and b"Jan" in personal


def test_a_field_that_is_new_has_its_default_and_one_that_is_gone_is_passed_over() -> None:
    assert codec.decode(Quote, b'{"name":"quotes/a","etag":1,"colour":"red"}') == Quote(name="quotes/a", etag=1)


def test_what_an_older_release_meant_is_put_right(monkeypatch: pytest.MonkeyPatch) -> None:
    def renamed(old: dict[str, Any]) -> dict[str, Any]:
        return {**old, "display_name": old.pop("title")}

    monkeypatch.setattr(codec, "UPGRADES", {"quotes": (renamed,)})
    assert codec.decode(Quote, b'{"name":"quotes/a","title":"T"}').display_name == "T"
    body, personal = codec.encode(Quote(name="quotes/a", display_name="T"))
    assert codec.decode(Quote, body, personal) == Quote(name="quotes/a", display_name="T")


def test_what_is_personal_within_parts_is_apart_and_put_back() -> None:
    steps = (Step(approver="a"), Step(approver="b", comment="Zoe"), Step(approver="c", comment="Quarles"))
    for one in (Approval(title="For Zoe", steps=steps), Quote(acceptance=Acceptance(purchase_order="Zoe 7"))):
        body, personal = codec.encode(one)
        assert b"Zoe" not in body and b"Quarles" not in body
        assert codec.decode(type(one), body, personal) == one
        assert codec.decode(type(one), body) == one.erased() != one
    assert codec.encode(Approval(steps=(Step(), Step())))[1] == b""
    assert codec.encode(Quote())[1] == b""


def test_what_an_older_release_did_not_keep_apart_is_read() -> None:
    body = b'{"name":"quotes/a","display_name":"T","acceptance":{"option_id":"a","purchase_order":"7"}}'
    read = codec.decode(Quote, body, b'{"signer":"Zoe"}')
    assert read == Quote(
        name="quotes/a", display_name="T", signer="Zoe", acceptance=Acceptance(option_id="a", purchase_order="7")
    )
    assert codec.decode(Approval, b'{"steps":[{"comment":"no"}]}').steps == (Step(comment="no"),)


def test_a_document_has_a_size() -> None:
    with pytest.raises(Refused, match="512 KiB"):
        codec.encode(Quote(notes="x" * 600_000))


def test_fractions_are_exact() -> None:
    exchange = Exchange("EUR", "USD", Fraction(10**30 + 1, 3), None)
    assert codec.unpack(Exchange, codec.pack(exchange)) == exchange
