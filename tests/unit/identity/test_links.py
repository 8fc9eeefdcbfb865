"""A customer's link opens one document for a time, and any other letter in it opens nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.identity.caller import Caller, Untrusted
from engine.identity.links import Links, link_of

NOW = 1_800_000_000
SECRETS = {"acme": b"a" * 32, "other": b"b" * 32}
LINK = link_of("acme", SECRETS["acme"], "quotes/1/versions/2", "accounts/bikes", NOW + 60)


def reason(text: str, now: float = NOW) -> str:
    with pytest.raises(Untrusted) as refused:
        Links(lambda tenant: SECRETS.get(tenant, b""), lambda: now).caller(text)
    return refused.value.reason


def test_a_link_opens_one_document_until_it_ends() -> None:
    links = Links(lambda tenant: SECRETS.get(tenant, b""), lambda: NOW + 59.9)
    assert links.caller(LINK) == Caller(
        "acme", "customer", "customer", "accounts/bikes", (), NOW + 60, "quotes/1/versions/2"
    )
    assert reason(LINK, NOW + 60) == "LINK_EXPIRED"


@pytest.mark.parametrize(
    "text",
    [
        LINK.replace("link_acme", "link_other"), LINK.replace("link_acme", "link_none"), LINK[:-1], LINK + "0", LINK.upper(),
        LINK + "\n", "link_", "link_acme_.", link_of("acme", SECRETS["other"], "quotes/1/versions/2", "", NOW + 60),
        link_of("none", b"", "quotes/1/versions/2", "", NOW + 60), LINK.replace(".", "=."),
    ],
)  # fmt: skip
def test_another_text_opens_nothing(text: str) -> None:
    assert reason(text) == "LINK_INVALID"


@given(st.integers(0, len(LINK) * 7 - 1))
def test_any_bit_flipped_is_refused(where: int) -> None:
    byte, bit = divmod(where, 7)
    assert reason(LINK[:byte] + chr(ord(LINK[byte]) ^ 1 << bit) + LINK[byte + 1 :]) == "LINK_INVALID"
