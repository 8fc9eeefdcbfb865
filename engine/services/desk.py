"""Where every verb over documents is done: read, decide, save in one call of the store; again where another was quicker.

A verb is a function of a `Work`: it loads what it needs, and saves what it decided. It may run several times, so it does nothing else. A
request id that was used before is answered by the revision that it made, whatever has happened since.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from engine.lifecycle.document import Document, id_in
from engine.lifecycle.kinds import OF_NOBODY, account_of
from engine.lifecycle.parties import Account
from engine.services.context import Context
from engine.services.pages import MOST_PAGE, size_of
from engine.services.refusal import Refused, needs_store
from engine.store.documents import Change, Documents, Unchanged
from engine.values.identity import ID

D = TypeVar("D", bound=Document)
Clock = Callable[[], float]
TRIES = 12
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_FILTER = re.compile(r'\s*([a-z_]+)\s*=\s*(?:"([^"]*)"|([^\s"]+))\s*\Z')


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked, for it to be done once: the caller's request id, a hash of all else that was said, and the etag that must stand.

    `ours`: nobody outside asks; its request id is then such as no caller's can be.
    """

    request_id: str = ""
    body: str = ""
    etag: str = ""
    ours: bool = False


class Work:
    """One attempt at a change: what was loaded, what is to be saved."""

    def __init__(self, desk: Desk, context: Context, now: int) -> None:
        self.context, self.now = context, now
        self.change = Change(context.tenant)
        self._desk = desk
        self._loaded: dict[str, Document] = {}
        self._saved: dict[str, Document] = {}
        self._missing: set[str] = set()

    def load(self, kind: type[D], name: str, etag: str = "", field: str = "name") -> D:
        """A document, with what this work has saved of it.

        Raises:
            Refused: INVALID_ARGUMENT, NOT_FOUND; ABORTED, it has another etag than is said.
        """
        found = self.find(kind, name, field)
        if found is None:
            raise _not_found(name, field)
        if etag and etag != str(found.etag):
            said = f"{name} was changed since: its etag is {found.etag}, not {etag[:20]}. Get it again and decide anew"
            raise Refused("ABORTED", "STALE_ETAG", said, "etag")
        return found

    def find(self, kind: type[D], name: str, field: str = "name") -> D | None:
        """A document, or None where there is none of this name."""
        id_in(name, kind.KIND, field)
        known = self._saved.get(name) or self._loaded.get(name)
        if known is None:
            known = self._desk.documents.get(self.context.tenant, kind, name)
            if known is not None and not may_see(self.context, known):
                return None
            if known is not None:
                self._loaded[name] = known
            else:
                self._missing.add(name)
        return known  # type: ignore[return-value]

    def part(self, kind: type[D], name: str) -> D:
        """A document that another one is made of, which was loaded: whoever sees that sees it too.

        Raises:
            Refused: NOT_FOUND.
        """
        if name not in self._loaded and (found := self._desk.documents.get(self.context.tenant, kind, name)):
            self._loaded[name] = found
        return self.load(kind, name)

    def save(self, document: D, event: str, numbering: tuple[str, str] | None = None, **told: Any) -> D:
        """The next revision of a document, and the event that tells of it; once a document in a work.

        Raises:
            Refused: RESOURCE_EXHAUSTED, it is too large; ALREADY_EXISTS, a new one has the name of another.
        """
        before = self._loaded.get(document.name)
        if before is None and not document.name:
            document = replace(document, name=f"{document.KIND}/{self.new_id()}")
        if (
            before is not None and document.etag != before.etag
        ):  # a new one, by the name of one that was read to make it
            raise _exists(document.name)
        by = self.context.principal
        if before is None:
            document = replace(document, create_time=self.now, creator=by)
        document = replace(document, etag=before.etag + 1 if before else 1, update_time=self.now, updater=by)
        assert document.name not in self._saved, document.name
        self.change.save(document, before, numbering)
        account = account_of(document)
        self.change.event({
            "type": event, "subject": document.name, "etag": document.etag, "by": by, "role": str(self.context.role),
            "time": self.now, **({"account": account} if account else {}), **told,
        })  # fmt: skip
        self._saved[document.name] = document
        return document

    def listed(self, kind: type[D], by: Sequence[tuple[str, str]], most: int = MOST_PAGE) -> list[D]:
        """Documents that have all these values, the newest ids first, with what this work has saved of them."""
        read = self._desk.documents.page(self.context.tenant, kind, by, "", most)
        found = [one for one in read if one.found_by() >= set(by)]  # others may have changed it since its list was read
        for one in found:
            self._loaded.setdefault(one.name, one)
        return [self._saved.get(one.name) or self._loaded[one.name] for one in found]  # type: ignore[misc]

    def all_listed(self, kind: type[D], by: tuple[str, str], most: int) -> list[D]:
        """As `listed`, of one value; what was decided stands only while there are as many."""
        found = self.listed(kind, [by], most)
        self.change.as_many(kind, by, len(found))
        return found

    def named(self, kinds: Sequence[type[Document]], by: str, values: Collection[str], most: int) -> list[str]:
        """The names of documents of these kinds that have one of these values, in order."""
        return self._desk.documents.named(self.context.tenant, kinds, by, values, most)

    def counted(self, name: str) -> int:
        """How many there are of what is counted, before this work."""
        return self._desk.documents.counts(self.context.tenant, [name])[0]

    def hold(self, document: Document) -> None:
        """What was decided stands only while this document is as it was read."""
        self.change.unchanged(document)

    def new_id(self) -> str:
        """An id that sorts by its time: 26 letters and digits."""
        return self._desk.new_id(self.now)

    @property
    def documents(self) -> Documents:
        """The store, to read what is no document of this work: contents, files, counts."""
        return self._desk.documents

    def makes(self, key: str) -> bool:
        """Whether the document of a key of the store would be a new one; one that was looked for first is tried again instead."""
        new = self._saved.keys() - self._loaded.keys() - self._missing
        return any(key.endswith(f":{name.replace('/', ':')}:revisions") for name in new)


class Desk:
    """Documents of a store, for the services; the clock (seconds since the epoch) and what makes ids are arguments."""

    def __init__(self, documents: Documents, clock: Clock, randomness: Callable[[int], int] = secrets.randbits) -> None:
        self.documents, self.clock = documents, clock
        self._randomness = randomness

    def now(self) -> int:
        """Microseconds since the epoch."""
        return round(self.clock() * 1_000_000)

    def new_id(self, now: int) -> str:
        """48 bits of milliseconds and 80 of randomness (a ULID in lower case)."""
        number = (now // 1_000 << 80) | self._randomness(80)
        return "".join(_DIGITS[number >> shift & 31] for shift in range(125, -1, -5))

    @needs_store
    def change(self, context: Context, call: Call, kind: type[D], decide: Callable[[Work], D]) -> D:
        """Do what `decide` decides; returns the document it returns, as it was saved.

        Raises:
            Refused: as `decide`; INVALID_ARGUMENT or ALREADY_EXISTS, the request id; ABORTED, others were quicker, many times.
        """
        request_id = call.request_id if call.ours else checked_request(call.request_id)
        body = f"{context.principal} {context.document} {call.body}"
        if call.request_id:
            done = self.documents.answered(context.tenant, request_id)
            if done:
                return self._again(context, kind, body, *done)
        for _ in range(TRIES):
            work = Work(self, context, self.now())
            document = decide(work)
            context.in_time()
            answer = f"{document.name}@{document.etag}"
            try:
                made = self.documents.commit(work.change, request_id, body, answer)
            except Unchanged as why:
                if why.reason != "STALE":
                    raise _refusal(why, kind) from why
                if work.makes(why.key):
                    raise _exists(document.name) from why
                continue
            if made.again:  # the same request came twice at once: what the other decided stands
                return self._again(context, kind, body, body, made.answer)
            return replace(document, number=made.number) if made.number and document.etag == 1 else document
        said = "others changed it at the same time, again and again: nothing was done"
        raise Refused("ABORTED", "CONTENDED", said, again_seconds=0.1)

    def _again(self, context: Context, kind: type[D], body: str, known: str, answer: str) -> D:
        """What a request id was answered before."""
        name, _, etag = answer.rpartition("@")
        if known != body:
            raise Refused(*_REUSED)
        found = self.documents.revision(context.tenant, kind, name, int(etag))
        assert found is not None, answer
        return found

    @needs_store
    def get(self, context: Context, kind: type[D], name: str, field: str = "name") -> D:
        """A document.

        Raises:
            Refused: INVALID_ARGUMENT, NOT_FOUND.
        """
        id_in(name, kind.KIND, field)
        found = self.documents.get(context.tenant, kind, name)
        if found is None or not may_see(context, found):
            raise _not_found(name, field)
        return found

    @needs_store
    def page(
        self, context: Context, kind: type[D], size: int = 0, token: str = "", filter: str = "",
        also: Sequence[tuple[str, str]] = (),
    ) -> tuple[list[D], str]:  # fmt: skip
        """A page of documents, the newest ids first, and the token of the next one ("" at the end).

        Raises:
            Refused: INVALID_ARGUMENT.
        """
        size = size_of(size)
        if token and not ID.match(token):
            raise Refused("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN", "send the token of the page before", "page_token")
        by = [*parse_filter(filter, kind.INDEXED), *also]
        if context.account and "account" in kind.INDEXED:
            by.append(("account", context.account))
        seen = self._seen(context, kind, by, token, size + 1)
        return seen[:size], seen[size - 1].id if len(seen) > size else ""

    def _seen(self, context: Context, kind: type[D], by: Sequence[tuple[str, str]], before: str, most: int) -> list[D]:
        """Documents below an id that a caller may see; what they may not is passed over, and no token names it."""
        if context.account and kind.KIND == Account.KIND:
            own = self.documents.get(context.tenant, kind, context.account)
            fits = own is not None and own.found_by() >= set(by) and (not before or own.id < before)
            return [own] if own is not None and fits else []
        seen: list[D] = []
        while len(seen) < most:
            found = self.documents.page(context.tenant, kind, by, before, most)
            seen.extend(one for one in found if may_see(context, one))
            if len(found) < most:
                break
            before = found[-1].id
        return seen

    @needs_store
    def history(self, context: Context, kind: type[D], name: str, first: int = 1, most: int = 100) -> list[D]:
        """Revisions of a document in order, from one on."""
        self.get(context, kind, name)
        return self.documents.history(context.tenant, kind, name, first, most)


def may_see(context: Context, document: Document) -> bool:
    """A caller who is bound to an account sees what is of it and what is of nobody; one with a link, no other document of its kind."""
    if context.document and context.document.partition("/")[0] == document.KIND:
        return context.document.startswith(f"{document.name}/")
    return not context.account or document.KIND in OF_NOBODY or account_of(document) == context.account


def parse_filter(text: str, allowed: Sequence[str]) -> list[tuple[str, str]]:
    """`status = SENT AND account = "accounts/acme"` as pairs (AIP-160, equality of indexed fields).

    Raises:
        Refused: INVALID_ARGUMENT; the message says what can be asked for.
    """
    pairs = []
    for part in re.split(r"\s+AND\s+", text.strip()) if text.strip() else ():
        match = _FILTER.match(part)
        if match is None or match.group(1) not in allowed:
            known = ", ".join(allowed)
            said = f"`{part[:80]}` is not a filter: write NAME = VALUE, joined by AND; names are {known}"
            raise Refused("INVALID_ARGUMENT", "INVALID_FILTER", said, "filter")
        pairs.append((match.group(1), match.group(2) if match.group(2) is not None else match.group(3)))
    return pairs


def checked_request(request_id: str) -> str:
    """The caller's request id, or one of our own: then a retry is the caller's to make sense of.

    Raises:
        Refused: INVALID_ARGUMENT, it is none.
    """
    if request_id and not ID.match(request_id):
        said = "a request id is 1 to 63 of a-z, 0-9 and -"
        raise Refused("INVALID_ARGUMENT", "INVALID_REQUEST_ID", said, "request_id")
    return request_id or uuid.uuid4().hex


def _not_found(name: str, field: str) -> Refused:
    return Refused("NOT_FOUND", "NOT_FOUND", f"there is no {name[:80]}", field)


def _exists(name: str) -> Refused:
    return Refused("ALREADY_EXISTS", "EXISTS", f"there is {name} already", "name")


def _refusal(why: Unchanged, kind: type[Document]) -> Refused:
    return Refused(*_REFUSALS[why.reason], details={"of": why.key.rpartition("}:")[2], "found": why.said})


_REUSED = ("ALREADY_EXISTS", "REQUEST_ID_REUSED", "this request id was used for another request", "request_id")
_REFUSALS: Mapping[str, tuple[str, str, str, str]] = {
    "CONFLICT": _REUSED,
    "CHANGED": (
        "FAILED_PRECONDITION", "BOOK_CHANGED",
        "the book was changed since this was asked, and what was asked may be out of date: reject or cancel it, and ask anew", "name",
    ),
    "LIMIT": ("FAILED_PRECONDITION", "LIMIT_REACHED", "a limit is reached: nothing was done", ""),
    "MISSING": ("NOT_FOUND", "NOT_FOUND", "what it is about is not there", "name"),
    "TAKEN": ("ALREADY_EXISTS", "TAKEN", "another document has it already", ""),
}  # fmt: skip
