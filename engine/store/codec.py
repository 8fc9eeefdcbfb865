"""Documents as bytes and back: JSON by msgspec, what is personal in bytes of its own.

A document of an older release is read by today's class: what is new has a default, what is gone is passed over, and what was renamed or
means something else is put right by `UPGRADES` of its kind, one function for each schema version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, TypeVar

import msgspec

from engine.lifecycle.document import Document
from engine.values.refusal import Refused

MOST_BYTES = 512 * 2**10
SCHEMA = "schema"
UPGRADES: Mapping[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], ...]] = {}
"""By kind: function n makes of a document of schema n one of schema n + 1."""
D = TypeVar("D", bound=Document)
V = TypeVar("V")


def encode(document: Document) -> tuple[bytes, bytes]:
    """Its bytes, and those of what is personal in it (b"" where nothing is).

    Raises:
        Refused: RESOURCE_EXHAUSTED, it is too large.
    """
    plain = msgspec.to_builtins(document, enc_hook=_out)
    plain.pop("number")  # the store gives it
    apart = {name: plain.pop(name) for name in document.personal() if getattr(document, name)}
    schema = len(UPGRADES.get(document.KIND, ()))
    body = _JSON.encode({SCHEMA: schema, **plain} if schema else plain)
    personal = _JSON.encode(apart) if apart else b""
    if len(body) + len(personal) > MOST_BYTES:
        said = f"a document is at most {MOST_BYTES // 2**10} KiB: this one has {(len(body) + len(personal)) // 2**10}"
        raise Refused("RESOURCE_EXHAUSTED", "DOCUMENT_TOO_LARGE", said)
    return body, personal


def decode(kind: type[D], body: bytes, personal: bytes | None = None, number: str = "") -> D:
    """A document of a kind."""
    if not (personal or number) and not UPGRADES.get(kind.KIND):
        reader: Any = kind  # mypy: a class of slots is hashable all the same
        read: D = _reader(reader).decode(body)
        return read
    plain: dict[str, Any] = msgspec.json.decode(body)
    for upgrade in UPGRADES.get(kind.KIND, ())[plain.pop(SCHEMA, 0) :]:
        plain = upgrade(plain)
    plain |= msgspec.json.decode(personal) if personal else {}
    plain |= {"number": number} if number else {}
    return msgspec.convert(plain, kind, dec_hook=_in)


def pack(value: Any) -> bytes:
    """Plain data that is kept beside a document."""
    return _JSON.encode(value)


def unpack(kind: type[V], packed: bytes) -> V:
    """As it was before `pack`."""
    return msgspec.json.decode(packed, type=kind, dec_hook=_in)


def _out(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, Fraction):
        return str(value)
    raise NotImplementedError(type(value))


def _in(kind: Any, value: Any) -> Any:
    return Fraction(value) if kind is Fraction else value


_JSON = msgspec.json.Encoder(enc_hook=_out, order="deterministic")


@cache
def _reader(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, dec_hook=_in)
