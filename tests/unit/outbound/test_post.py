"""Posts go to the address that was checked and to no other: public ones, by TLS for the name, no redirects, bounded."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.outbound.addresses import Unreachable, address_of, public
from engine.outbound.post import Poster
from tests.wire.receiver import Receiver, authority

PUBLIC = ["8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "2606:4700::1111"]
NOT_PUBLIC = """
    10.0.0.1 172.16.0.1 192.168.1.1 127.0.0.1 127.9.9.9 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 192.0.0.1
    192.0.0.8 192.0.0.9 192.0.0.10 192.88.99.1 192.88.99.255 ::ffff:192.88.99.1 2002:c058:6301::1 5f00::1
    192.0.2.1 198.18.0.1 240.0.0.1 :: ::1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 64:ff9b::a00:1 64:ff9b::7f00:1
    64:ff9b:1::808:808 2002:a00:1::1 2002:7f00:1::1 2001::1 fe80::1 fc00::1 fd00::1 fec0::1 ff02::1 ::10.0.0.1 2001:db8::1 3fff::1
""".split()


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert public(ipaddress.ip_address(address))
    assert address_of("host", 443, resolver=lambda *_: [address])


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_other_addresses_are_not(address: str) -> None:
    with pytest.raises(Unreachable, match="not a public address"):
        address_of("host", 443, resolver=lambda *_: [address])


def test_a_name_that_means_both_is_refused() -> None:
    with pytest.raises(Unreachable, match="not a public address"):
        address_of("host", 443, resolver=lambda *_: ["8.8.8.8", "10.0.0.1"])


def test_what_is_said_of_a_name_is_the_same_whatever_it_means() -> None:
    def nowhere(*_: object) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    said = set()
    for resolver in (nowhere, lambda *_: [], lambda *_: ["10.0.0.1"], lambda *_: ["8.8.8.8", "10.0.0.1"]):
        with pytest.raises(Unreachable) as why:
            address_of("db.internal", 443, resolver=resolver)
        said.add(str(why.value))
    assert len(said) == 1 and "10." not in said.pop()


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"])
def test_odd_ways_of_writing_loopback_are_refused(host: str) -> None:
    with pytest.raises(Unreachable):
        address_of(host, 443)


@pytest.fixture
def tls(tmp_path: Path) -> tuple[Path, Path]:
    return authority(tmp_path, "hooks.example")


def test_the_name_is_looked_up_once_and_its_address_dialled(tls: tuple[Path, Path]) -> None:
    ca, pair = tls
    turns = iter([["127.0.0.1"], ["10.0.0.1"]])  # a name that means something else when it is asked again
    poster = Poster(True, ca, lambda *_: next(turns))
    with Receiver(pair) as receiver:
        assert poster.post(receiver.url("/a?b=1", "hooks.example"), b"body", {"x-own": "1"}).code == 204
        one = receiver.got[0]
    assert (one.path, one.body, one.headers["host"]) == ("/a?b=1", b"body", f"hooks.example:{receiver.port}")
    assert next(turns) == ["10.0.0.1"]  # was never asked for


@pytest.mark.parametrize(("host", "trusted"), [("other.example", True), ("hooks.example", False)])
def test_a_certificate_is_checked(tls: tuple[Path, Path], host: str, trusted: bool) -> None:
    ca, pair = tls
    poster = Poster(True, ca if trusted else None, lambda *_: ["127.0.0.1"])
    with Receiver(pair) as receiver:
        with pytest.raises(Unreachable, match=r"(?i)certificate"):
            poster.post(receiver.url(host=host), b"", {})
        assert receiver.got == []


def test_redirects_are_not_followed() -> None:
    with Receiver() as inner, Receiver(answers=lambda _: (302, {"location": inner.url()})) as outer:
        assert Poster(True).post(outer.url(), b"", {}).code == 302
        assert len(outer.got) == 1 and inner.got == []


def test_loopback_and_http_are_for_tests_alone() -> None:
    with Receiver() as receiver:
        with pytest.raises(Unreachable, match="http is not allowed"):
            Poster().post(receiver.url(), b"", {})
        with pytest.raises(Unreachable, match="not a public address"):
            Poster().post(receiver.url().replace("http:", "https:"), b"", {})
        with pytest.raises(Unreachable, match="not a public address"):
            Poster(True, resolver=lambda *_: ["10.0.0.1"]).post(receiver.url(), b"", {})
        assert receiver.got == []


@pytest.mark.parametrize("addresses", [["8.8.8.8"], ["8.8.8.8", "127.0.0.1"]])
def test_http_reaches_this_machine_alone(addresses: list[str]) -> None:
    with pytest.raises(Unreachable, match="this machine alone"):
        Poster(True, resolver=lambda *_: addresses).post("http://hooks.example/", b"", {}, seconds=0.1)


@pytest.fixture
def dripping() -> Iterator[int]:
    """A receiver that answers a byte now and then, and never comes to an end."""
    ended = threading.Event()

    def drip() -> None:
        connection, _ = listening.accept()
        connection.sendall(b"HTTP/1.1 200 OK\r\nx-long: ")
        try:
            while not ended.wait(0.05):
                connection.sendall(b"a")
        except OSError:
            pass
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=drip, daemon=True).start()
        yield listening.getsockname()[1]
        ended.set()


def test_a_receiver_that_drips_is_cut_off(dripping: int) -> None:
    with pytest.raises(Unreachable, match="no answer within"):  # without the cut it would never end
        Poster(True).post(f"http://127.0.0.1:{dripping}/", b"", {}, seconds=0.5)


def test_a_long_answer_is_read_in_part() -> None:
    with Receiver(answers=lambda _: (500, {"content-length": "999999999"})) as receiver, pytest.raises(Unreachable):
        Poster(True).post(receiver.url(), b"", {}, seconds=0.5)
    with pytest.raises(Unreachable, match="refused"):
        Poster(True).post(receiver.url(), b"", {})
