"""What happened, as those are told who watch: thin facts by the names of CloudEvents, never what is personal.

An event says that a document reached a revision; who wants more gets the document. Its id is its place in the tenant's outbox.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.lifecycle.document import id_in
from engine.values.refusal import Refused

START = "0"
MOST_TYPES = 50
_ID = re.compile(r"([0-9]{1,15})(?:-([0-9]{1,15}))?\Z")
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,62}\Z")
_KIND = re.compile(r"[a-z]{1,40}\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to `subject`: its revision then, who did it as what, when (microseconds), and what else is told."""

    id: str = ""
    type: str = ""
    subject: str = ""
    account: str = ""
    etag: int = 0
    by: str = ""
    role: str = ""
    time: int = 0
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def lane(self) -> str:
        """What is told of in order: an account with all that is its, or else the subject itself."""
        return self.account or self.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events somebody wants; what is empty asks for nothing."""

    types: tuple[str, ...] = ()
    account: str = ""
    subject_kinds: tuple[str, ...] = ()

    def has(self, event: Event) -> bool:
        """Whether it is one of them. A type is wanted by what it begins with: `Quote` wants QuoteSent."""
        return (
            (not self.types or event.type.startswith(self.types))
            and (not self.account or event.account == self.account)
            and (not self.subject_kinds or event.subject.partition("/")[0] in self.subject_kinds)
        )


def checked(wanted: Wanted, at: str = "") -> Wanted:
    """What was asked for, as it can be.

    Raises:
        Refused: INVALID_ARGUMENT, with the field.
    """
    for name, said, form, like in (
        ("types", wanted.types, _TYPE, "the begin of a type, such as Quote or QuoteSent"),
        ("subject_kinds", wanted.subject_kinds, _KIND, "a collection, such as quotes"),
    ):
        if len(said) > MOST_TYPES:
            raise Refused("INVALID_ARGUMENT", "TOO_MANY", f"at most {MOST_TYPES} can be asked for", f"{at}{name}")
        wrong = next((one for one in said if not form.match(one)), None)
        if wrong is not None:
            raise Refused("INVALID_ARGUMENT", "INVALID_FILTER", f"`{wrong[:40]}` is not {like}", f"{at}{name}")
    if wanted.account:
        id_in(wanted.account, "accounts", f"{at}account")
    return wanted


def checked_id(text: str, field: str) -> str:
    """The id of an event, or 0 for the time before all.

    Raises:
        Refused: INVALID_ARGUMENT.
    """
    match = _ID.match(text)
    if match is None:
        said = "send the id of an event as it came, or 0 for all there are"
        raise Refused("INVALID_ARGUMENT", "INVALID_EVENT_ID", said, field)
    return f"{int(match[1])}-{int(match[2] or 0)}" if match[2] or int(match[1]) else START


def archived(last: str, field: str = "") -> Refused:
    """Of a point before what is kept: up to which event there is nothing here any more."""
    until = rfc3339(order_of(last)[0] * 1_000)
    said = (
        f"events up to {last} ({until}) were archived and are not kept here: begin after {last}; "
        "those before stand in the files that `quo archive-trail` wrote"
    )
    return Refused("OUT_OF_RANGE", "EVENTS_ARCHIVED", said, field, {"after": last})


def order_of(event_id: str) -> tuple[int, int]:
    """By which ids are in order: they are no numbers, nor in the order of text."""
    first, _, second = event_id.partition("-")
    return int(first), int(second or 0)


def cloud_event(tenant: str, event: Event) -> dict[str, Any]:
    """A CloudEvent 1.0 in its JSON form. `account`, `etag`, `by` and `role` are extensions; what is empty is left out."""
    own = {"account": event.account, "etag": str(event.etag or ""), "by": event.by, "role": event.role}
    return {
        "specversion": "1.0", "id": event.id, "source": source_of(tenant), "type": event.type, "subject": event.subject,
        "time": rfc3339(event.time), "datacontenttype": "application/json",
        **{name: said for name, said in own.items() if said}, "data": dict(event.data),
    }  # fmt: skip


def source_of(tenant: str) -> str:
    """Where a tenant's events come from; with its id an event is known by it everywhere."""
    return f"/tenants/{tenant}"


def rfc3339(micros: int) -> str:
    """A time as text."""
    return (_EPOCH + timedelta(microseconds=micros)).isoformat().replace("+00:00", "Z")
