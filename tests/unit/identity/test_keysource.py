"""Keys are read again when they are due or a token names an unknown one, within bounds, and by one thread at a time."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.identity.caller import Unready, Unusable
from engine.identity.keyring import ALGORITHMS
from engine.identity.keysource import KeySource, from_file
from tests.trust import jwk, jwks, private_key

ONE, TWO = (jwk(private_key("EdDSA", n), "EdDSA", kid=f"k{n}") for n in (1, 2))


class Issuer:
    """What it answers, and how often it was asked, by a clock that a test moves."""

    def __init__(self) -> None:
        self.answer: bytes | Unusable = jwks(ONE)
        self.asked = 0
        self.now = 1_000.0
        self.source = KeySource(self.read, ALGORITHMS, 300, lambda: self.now)

    def read(self) -> bytes:
        self.asked += 1
        if isinstance(self.answer, Unusable):
            raise self.answer
        return self.answer

    def names(self, name: str) -> list[str]:
        return [key.name for key in self.source.named(name)]


def test_the_first_token_reads_them_and_the_next_do_not() -> None:
    issuer = Issuer()
    assert issuer.source.empty
    assert issuer.names("k1") == issuer.names("k1") == ["k1"]
    assert (issuer.asked, issuer.source.empty) == (1, False)


def test_a_new_key_is_found_and_unknown_ones_cost_little() -> None:
    issuer = Issuer()
    issuer.names("k1")
    issuer.answer = jwks(ONE, TWO)
    assert issuer.names("k2") == [] and issuer.asked == 1  # just read
    issuer.now += 30
    assert issuer.names("k2") == ["k2"] and issuer.asked == 2
    for _ in range(1_000):
        assert issuer.names("k9") == []
    assert issuer.asked == 2


def test_known_keys_are_not_asked_for_again() -> None:
    issuer = Issuer()
    issuer.names("k1")
    issuer.now += 10_000
    assert issuer.names("k1") == ["k1"] and issuer.asked == 1


def test_a_key_that_is_gone_is_gone_after_a_refresh() -> None:
    issuer = Issuer()
    issuer.names("k1")
    issuer.answer = jwks(TWO)
    issuer.source.refresh()
    assert issuer.names("k1") == [] and issuer.names("k2") == ["k2"]


@pytest.mark.parametrize("answer", [Unusable("cannot be fetched"), b"", b"{}", jwks()])
def test_an_issuer_that_is_down_takes_nothing_away(answer: bytes | Unusable) -> None:
    issuer = Issuer()
    issuer.names("k1")
    issuer.answer = answer
    with pytest.raises(Unusable):
        issuer.source.refresh()
    assert issuer.names("k1") == ["k1"]
    issuer.now += 30
    assert issuer.names("k2") == []


def test_without_any_keys_a_token_is_to_be_sent_again() -> None:
    issuer = Issuer()
    issuer.answer = Unusable("cannot be fetched: at 10.1.2.3")
    for _ in range(3):
        with pytest.raises(Unready) as down:
            issuer.names("k1")
        assert "10.1.2.3" not in str(down.value)
    assert issuer.asked == 1


def test_one_call_reads_and_the_others_do_not_wait() -> None:
    issuer, begun, end = Issuer(), threading.Event(), threading.Event()

    def slow() -> bytes:
        begun.set()
        assert end.wait(30)
        return jwks(ONE)

    source = KeySource(slow, ALGORITHMS, 300, lambda: issuer.now)
    found: list[int] = []
    reader = threading.Thread(target=lambda: found.append(len(source.named("k1"))))
    reader.start()
    assert begun.wait(30)
    for _ in range(2):
        with pytest.raises(Unready):
            source.named("k1")
    end.set()
    reader.join(30)
    assert found == [1] and len(source.named("k1")) == 1


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot be read: No such file"):
        from_file(tmp_path / "none")()
