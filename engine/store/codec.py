"""Documents as bytes and back: JSON by msgspec, what is personal in bytes of its own.

A document of an older release is read by today's class: what is new has a default, what is gone is passed over, and what was renamed or
means something else is put right by `UPGRADES` of its kind, one function for each schema version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    found = {path: _taken(plain, path.split(".")) for path in document.personal()}
    apart = {path: said for path, said in found.items() if said}
    schema = len(UPGRADES.get(document.KIND, ()))
    body = _JSON.encode({SCHEMA: schema, **plain} if schema else plain)
    personal = _JSON.encode(apart) if apart else b""
    if len(body) + len(personal) > MOST_BYTES:
        said = f"a document is at most {MOST_BYTES // 2**10} KiB: this one has {(len(body) + len(personal)) // 2**10}"
        raise Refused("RESOURCE_EXHAUSTED", "DOCUMENT_TOO_LARGE", said)
    return body, personal


def decode(kind: type[D], body: bytes, personal: bytes | None = None, number: str = "") -> D:
    """A document of a kind: objects of JSON become one by their text, but where what is personal stands within a part."""
    said: dict[str, Any] = msgspec.json.decode(personal) if personal else {}
    within = {path: one for path, one in said.items() if "." in path}
    upgrades = UPGRADES.get(kind.KIND, ())
    if upgrades or within:
        plain: dict[str, Any] = msgspec.json.decode(body)
        for upgrade in upgrades[plain.pop(SCHEMA, 0) :]:
            plain = upgrade(plain)
        for path, one in within.items():
            _put(plain, path.split("."), one)
        body = _JSON.encode(plain)
    beside = {path: one for path, one in said.items() if path not in within} | ({"number": number} if number else {})
    reader: Any = kind  # mypy: a class of slots is hashable all the same
    read: D = _reader(reader).decode(body[:-1] + b"," + _JSON.encode(beside)[1:] if beside else body)
    return read


def _taken(plain: Any, path: Sequence[str]) -> Any:
    """What is said at a path, taken out; of a list one for each of it, None where none of them says anything."""
    if isinstance(plain, list | tuple):
        each = [_taken(one, path) for one in plain]
        return each if any(each) else None
    name, *inner = path
    said = plain.get(name) if plain else None
    if inner:
        return _taken(said, inner)
    return plain.pop(name) if said else None


def _put(plain: Any, path: Sequence[str], said: Any) -> None:
    """Put back what was taken out, where what it was taken from is."""
    if isinstance(plain, list):
        for one, its in zip(plain, said, strict=False):
            _put(one, path, its)
    elif plain and said:
        name, *inner = path
        if inner:
            _put(plain.get(name), inner, said)
        else:
            plain[name] = said


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
