"""Documents to messages and back, by the names of their fields: one rule for all kinds, found once for each pair of types.

    str, int, bool, float    as they are; `etag` is a number here and text on the wire
    StrEnum                  the enum's value of the same name; its zero is unsaid
    Timestamp                microseconds since the epoch, 0 where there is none
    google.type.Date         an ordinal day, 0 where there is none
    message, repeated, map   dataclass, tuple, dict

A field that only one side has is passed over. What comes in is checked by what the proto says: REQUIRED must be there, OUTPUT_ONLY is ours.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields, replace
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from engine.services.refusal import Refused

MOST_TEXT = 10_000
MOST_OF = 2_000
_TIMESTAMP, _DATE = "google.protobuf.Timestamp", "google.type.Date"
M = TypeVar("M", bound=Message)
T = TypeVar("T")


def to_message(value: Any, kind: type[M]) -> M:
    """The message of a dataclass."""
    message = kind()
    fill(message, value)
    return message


def from_message(message: Message, kind: type[T], field: str = "") -> T:
    """The dataclass of a message that came in.

    Raises:
        Refused: INVALID_ARGUMENT, with the path of the field.
    """
    said = {}
    for one in _fields_in(message, kind):
        path = f"{field}.{one.name}" if field else one.name
        given = one.read(message, path)
        if one.required and not given:
            raise Refused("INVALID_ARGUMENT", "REQUIRED", f"`{path}` must be said", path)
        said[one.name] = given
    return kind(**said)


def masked(before: T, message: Message, paths: Collection[str], field: str) -> T:
    """What is known, with the fields that a mask names (empty: those that are said) as a message has them.

    Raises:
        Refused: INVALID_ARGUMENT, the mask names what cannot be set; as `from_message`.
    """
    kind = type(before)
    table = {one.name: one for one in _fields_in(message, kind)}
    unknown = sorted(set(paths) - table.keys())
    if unknown:
        said = f"`{unknown[0][:60]}` cannot be set: {', '.join(sorted(table.keys() - {'name', 'etag'}))} can"
        raise Refused("INVALID_ARGUMENT", "INVALID_MASK", said, "update_mask")
    wanted = set(paths) or {descriptor.name for descriptor, _ in message.ListFields()}
    values = {n: one.read(message, f"{field}.{n}") for n, one in table.items() if n in wanted - {"name", "etag"}}
    for name, value in values.items():
        if table[name].required and not value:
            raise Refused("INVALID_ARGUMENT", "REQUIRED", f"`{field}.{name}` cannot be empty", f"{field}.{name}")
        if table[name].immutable and value != getattr(before, name):
            raise Refused("INVALID_ARGUMENT", "IMMUTABLE", f"`{field}.{name}` stays as it was made", f"{field}.{name}")
    return replace(before, **values)  # type: ignore[type-var]


# ---------------------------------------------------------------- out


def fill(message: Any, value: Any, skip: Collection[str] = ()) -> None:
    """Put a dataclass into a message, but for some fields."""
    for name, write, zero_too in _outgoing(message.DESCRIPTOR, _any(type(value))):
        given = getattr(value, name) if name not in skip else None
        if given or (zero_too and given is not None):
            write(message, given)


@cache
def _outgoing(descriptor: Descriptor, kind: Any) -> tuple[tuple[str, Callable[[Any, Any], None], bool], ...]:
    """Of each field that both have: how it is written, and whether a zero is said (else what is empty is left out)."""
    known = {one.name for one in fields(kind)}
    return tuple(
        (one.name, _writer(one), one.has_presence and not _none_is_zero(one))
        for one in descriptor.fields
        if one.name in known
    )


def _writer(one: FieldDescriptor) -> Callable[[Any, Any], None]:
    name, message_type = one.name, one.message_type
    if _is_map(one):
        return lambda message, given: getattr(message, name).update(given)
    if message_type is None:
        convert = _to_wire(one)
        if one.is_repeated:
            return lambda message, given: getattr(message, name).extend(map(convert, given))
        return lambda message, given: setattr(message, name, convert(given))
    put = _MESSAGES_OUT.get(message_type.full_name, fill)
    return _each_by(name, put) if one.is_repeated else _one_by(name, put)


def _each_by(name: str, put: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def write(message: Any, given: Iterable[Any]) -> None:
        for each in given:
            put(getattr(message, name).add(), each)

    return write


def _one_by(name: str, put: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def write(message: Any, given: Any) -> None:
        inner = getattr(message, name)
        inner.SetInParent()  # one that is empty is there, too
        put(inner, given)

    return write


def _to_wire(one: FieldDescriptor) -> Callable[[Any], Any]:
    if one.enum_type is not None:
        numbers = {value.name: value.number for value in one.enum_type.values}
        return lambda given: numbers[given.name]
    return str if one.name == "etag" else lambda given: given


def _put_time(message: Any, micros: int) -> None:
    message.FromMicroseconds(micros)


def _put_date(message: Any, day: int) -> None:
    on = date.fromordinal(day)
    message.year, message.month, message.day = on.year, on.month, on.day


_MESSAGES_OUT: Mapping[str, Callable[[Any, Any], None]] = {_TIMESTAMP: _put_time, _DATE: _put_date}


# ---------------------------------------------------------------- in


class Incoming:
    """A field that may come in: how it is read, and what the proto says of it."""

    __slots__ = ("immutable", "name", "read", "required")

    def __init__(self, one: FieldDescriptor, read: Callable[[Any, str], Any]) -> None:
        behaviour = one.GetOptions().Extensions[field_behavior_pb2.field_behavior]
        self.name, self.read = one.name, read
        self.required = field_behavior_pb2.REQUIRED in behaviour
        self.immutable = field_behavior_pb2.IMMUTABLE in behaviour


def _fields_in(message: Message, kind: type) -> tuple[Incoming, ...]:
    return _incoming(message.DESCRIPTOR, _any(kind))


def _any(kind: Any) -> Any:
    """For mypy, to which a class of slots is not hashable."""
    return kind


@cache
def _incoming(descriptor: Descriptor, kind: Any) -> tuple[Incoming, ...]:
    hints, known = get_type_hints(kind), {one.name for one in fields(kind)}
    return tuple(
        Incoming(one, _reader(one, hints[one.name]))
        for one in descriptor.fields
        if one.name in known and one.name != "etag" and not _ours(one)
    )


def _ours(one: FieldDescriptor) -> bool:
    return field_behavior_pb2.OUTPUT_ONLY in one.GetOptions().Extensions[field_behavior_pb2.field_behavior]


def _reader(one: FieldDescriptor, hint: Any) -> Callable[[Any, str], Any]:
    name, many = one.name, one.is_repeated
    if _is_map(one):
        return lambda message, path: _text_map(getattr(message, name), path)
    inner = _plain(hint)
    convert = _from_wire(one, get_args(inner)[0] if many else inner)
    if many:
        return lambda message, path: tuple(
            convert(each, f"{path}[{i}]") for i, each in enumerate(_bounded(getattr(message, name), path))
        )
    if one.has_presence:  # a message, an optional: the default of the dataclass where it is not there
        default = 0 if _none_is_zero(one) else None
        return lambda message, path: convert(getattr(message, name), path) if message.HasField(name) else default
    return lambda message, path: convert(getattr(message, name), path)


def _from_wire(one: FieldDescriptor, kind: Any) -> Callable[[Any, str], Any]:
    if one.message_type is not None:
        read = _MESSAGES_IN.get(one.message_type.full_name)
        return read or (lambda given, path: from_message(given, kind, path))
    if one.enum_type is not None:
        return lambda given, path: _enum(one, kind, given, path)
    if one.type == FieldDescriptor.TYPE_STRING:
        return text
    return lambda given, path: given


def _enum(one: FieldDescriptor, kind: type[StrEnum], given: int, path: str) -> Any:
    value = one.enum_type.values_by_number.get(given)
    if value is not None and value.name in kind.__members__:
        return kind[value.name]
    default = next(iter(kind))
    if given == 0:
        return default
    raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", f"`{path}` is one of {', '.join(kind.__members__)}", path)


def text(given: str, path: str) -> str:
    """A text that is not too long.

    Raises:
        Refused: INVALID_ARGUMENT.
    """
    if len(given) > MOST_TEXT:
        raise Refused("INVALID_ARGUMENT", "TOO_LONG", f"`{path}` has at most {MOST_TEXT:,} characters", path)
    return given


def _text_map(given: Mapping[str, str], path: str) -> dict[str, str]:
    _bounded(given, path)
    return {text(name, path): text(value, f"{path}[{name}]") for name, value in sorted(given.items())}


def _bounded(given: Any, path: str) -> Any:
    if len(given) > MOST_OF:
        raise Refused("INVALID_ARGUMENT", "TOO_MANY", f"`{path}` has at most {MOST_OF:,}", path)
    return given


def moment(message: Any, name: str) -> int:
    """The time in a field beside a document; 0 where there is none.

    Raises:
        Refused: INVALID_ARGUMENT.
    """
    return _time(getattr(message, name), name) if message.HasField(name) else 0


def _time(given: Any, path: str) -> int:
    try:
        return int(given.ToMicroseconds())
    except ValueError as error:
        raise Refused("INVALID_ARGUMENT", "INVALID_TIME", f"`{path}` is no time", path) from error


def _day(given: Any, path: str) -> int:
    if not (given.year or given.month or given.day):
        return 0
    try:
        return date(given.year, given.month, given.day).toordinal()
    except (ValueError, OverflowError) as error:
        raise Refused("INVALID_ARGUMENT", "INVALID_DATE", f"there is no such date: {error}", path) from error


_MESSAGES_IN: Mapping[str, Callable[[Any, str], Any]] = {_TIMESTAMP: _time, _DATE: _day}


def _none_is_zero(one: FieldDescriptor) -> bool:
    return one.message_type is not None and one.message_type.full_name in _MESSAGES_IN


def _plain(hint: Any) -> Any:
    """A hint without its `| None`."""
    if get_origin(hint) in (Union, types.UnionType):
        return next(one for one in get_args(hint) if one is not type(None))
    return hint


def _is_map(one: FieldDescriptor) -> bool:
    return one.message_type is not None and one.message_type.GetOptions().map_entry
