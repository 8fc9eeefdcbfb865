"""Which addresses may be reached on a tenant's word: those of the public internet, looked up once and connected to as looked up.

A name may be made to mean another address a moment later, and an address may hide another within: what is checked is what is dialled.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence

Resolver = Callable[[str, int], Sequence[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LOOPBACK_HINT = " (QUOTIENT_WEBHOOK_LOOPBACK=yes lets a service on loopback send to its own machine, for tests)"
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NOWHERE = tuple(
    ipaddress.ip_network(one) for one in ("192.0.0.0/24", "192.88.99.0/24", "fec0::/10", "3fff::/20", "5f00::/16")
)
"""Those of protocols, of relays and site-local ones of old, those of documents and of segments: not every Python knows them."""


class Unreachable(Exception):
    """A delivery that did not come to an answer; the message says why, in words for the receiver's administrator."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def address_of(host: str, port: int, loopback: bool = False, resolver: Resolver = resolve) -> str:
    """The one address to connect to; `loopback`: it may be one of this machine.

    What is said of a name is read by whoever chose it: no address is in it, and not whether there is one, lest a network's names be tried.

    Raises:
        Unreachable: the name has none, or one of them is not public: a name that means both is not to be trusted.
    """
    refused = Unreachable(f"{host} has no address, or not a public address: nothing is sent there")
    try:
        found = [ipaddress.ip_address(one.partition("%")[0]) for one in resolver(host, port)]
    except (OSError, ValueError, UnicodeError) as error:
        raise refused from error
    if not found or not all(public(one) or (loopback and one.is_loopback) for one in found):
        raise refused
    return str(found[0])


def fault_of_literal(host: str, loopback: bool = False) -> str:
    """What is wrong with a host that is written as an address, in any way that the system reads; "": nothing, or it is a name."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            address = ipaddress.IPv4Address(socket.inet_aton(host))  # 127.1, 0x7f000001: no name is looked up
        except OSError:
            return ""
    if public(address) or (loopback and address.is_loopback):
        return ""
    return f"{host} is not a public address: nothing is sent there{LOOPBACK_HINT if address.is_loopback else ''}"


def public(address: Address) -> bool:
    """Whether anybody on the internet can reach it, and what it holds within."""
    inner = _within(address)
    if inner is not None:
        return public(inner)
    if any(address in one for one in _NOWHERE):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _within(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address is a way of writing, or of tunnelling to."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
