"""What every document has: a name, a revision, who made it when; what it is found by, when something is due, what of it is personal.

A document is a value: a verb returns another one. The store gives each revision its etag and keeps all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, TypeVar

from engine.values.refusal import Refused

D = TypeVar("D", bound="Document")
_NAME = re.compile(r"([a-z]+)/([a-z0-9][a-z0-9-]{0,62})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The head of a document. Times are microseconds since the epoch; `name` is as in `quotes/01k2`.

    KIND      the collection, as names begin with it
    INDEXED   attributes whose values it can be listed by
    PERSONAL  attributes that hold what is personal: kept apart from history, so that they can be erased; `steps.comment` is one of each step
    NUMBERED  how its human number is written, such as `Q-%06d`; "": it has none
    """

    KIND: ClassVar[str] = ""
    INDEXED: ClassVar[tuple[str, ...]] = ()
    PERSONAL: ClassVar[tuple[str, ...]] = ()
    NUMBERED: ClassVar[str] = ""

    name: str = ""
    etag: int = 0
    number: str = ""
    create_time: int = 0
    creator: str = ""
    update_time: int = 0
    updater: str = ""

    @property
    def id(self) -> str:
        """The last part of its name."""
        return self.name.partition("/")[2]

    def personal(self) -> tuple[str, ...]:
        """Which attributes are kept apart, of this document."""
        return self.PERSONAL

    def erased(self: D) -> D:
        """Without what is personal."""
        empty = self
        for path in self.personal():
            empty = _without(empty, path.split("."))
        return empty

    def found_by(self) -> frozenset[tuple[str, str]]:
        """What it is listed by: pairs of an attribute and a value."""
        values = ((name, getattr(self, name)) for name in self.INDEXED)
        return frozenset((name, str(one)) for name, said in values for one in _each(said) if one)

    def dues(self) -> Mapping[str, int]:
        """What is to be done to it, and when."""
        return {}


def _without(value: Any, path: Sequence[str]) -> Any:
    """A dataclass, or each of several, with an attribute as it is where nothing is said."""
    if isinstance(value, tuple):
        return tuple(_without(one, path) for one in value)
    if value is None:
        return None
    name, *inner = path
    empty = next(one.default for one in fields(value) if one.name == name)
    return replace(value, **{name: _without(getattr(value, name), inner) if inner else empty})


def _each(said: Any) -> tuple[Any, ...]:
    return tuple(said) if isinstance(said, tuple | frozenset) else (said,)


def id_in(name: str, kind: str, field: str) -> str:
    """The id of a document of this kind that a name says.

    Raises:
        Refused: INVALID_ARGUMENT, it is not such a name.
    """
    match = _NAME.match(name)
    if match is None or match.group(1) != kind:
        said = f"`{name[:80]}` is not a name such as {kind}/ID" if name else f"say which: a name such as {kind}/ID"
        if name.startswith(f"{kind}/"):
            said += ": an ID is 1 to 63 of a-z, 0-9 and -, and does not begin with -"
        raise Refused("INVALID_ARGUMENT", "INVALID_NAME", said, field)
    return match.group(2)
