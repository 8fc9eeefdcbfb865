"""A tenant's months of business: commands at random from a seed, sent as a careless network sends them, and a model of what was answered.

The model is plain: for each document its etag, its status and every answer. A command that is not answered is sent again with its request id until
it is, so each ends as done or refused, and the model knows which.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from tests.simulation.deals import KINDS, LINKED, ROWS, Row
from tests.wire.methods import ask, reason_of, request_of

DAY = 24 * 3600
PATIENCE = 60.0
LOST = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED")
"""What says nothing of whether it was done."""
Metadata = tuple[tuple[str, str], ...]


class Clock:
    """The service's clock: a file that it reads, moved forward by the simulation."""

    def __init__(self, path: Path) -> None:
        self.path, self.now = path, 1_767_225_600.0  # 2026
        self.pass_(0)

    def pass_(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds
        beside = self.path.with_suffix(".new")
        beside.write_text(str(self.now))
        os.replace(beside, self.path)


@dataclass(frozen=True)
class Refusal:
    """A command that was not done."""

    code: str
    reason: str


@dataclass(frozen=True)
class Done:
    """A command that was: what was sent, by whom, and the answer."""

    rpc: str
    request: Any
    metadata: Metadata
    answer: Any

    @property
    def document(self) -> Any:
        """The document as it was answered."""
        return document_in(self.rpc, self.answer)

    def parts(self) -> dict[str, Done]:
        """What it did, by the request id that each is kept under: of many at once each has its own."""
        if not hasattr(self.answer, "answers"):
            return {self.request.request_id: self}
        return {
            hashlib.sha256(f"{self.request.request_id}#{place}".encode()).hexdigest()[:40]: Done(
                self.rpc, self.request, self.metadata, one.lead
            )
            for place, one in enumerate(self.answer.answers)
            if one.HasField("lead")
        }


@dataclass
class Known:
    """A document as the model knows it."""

    name: str
    kind: str
    message: Any
    answers: dict[int, Done] = field(default_factory=dict)

    @property
    def etag(self) -> int:
        """Of the last revision that is known."""
        return etag_of(self.message)

    @property
    def status(self) -> str:
        """By its name."""
        return status_of(self.message)

    def answered(self, etag: int, done: Done) -> None:
        """A revision was answered to a command; no other was."""
        twice = self.answers.setdefault(etag, done)
        assert twice.request == done.request, f"{self.name}@{etag} was answered to two commands: {twice} and {done}"


def etag_of(message: Any) -> int:
    """A document's etag; 1 where it has none: its kind never changes, or it is new and its maker is shown no more than its name."""
    return int(getattr(message, "etag", "") or 1)


def document_in(rpc: str, answer: Any) -> Any:
    """Where an answer has it."""
    holds = ROWS[rpc].holds
    return getattr(answer, holds) if holds and hasattr(answer, holds) else answer


def bare(message: Any) -> bool:
    """Whether an answer does not show the document: an etag it would have."""
    return getattr(message, "etag", "1") == ""


def status_of(message: Any) -> str:
    """A document's status by its name; "" where it has none."""
    one = message.DESCRIPTOR.fields_by_name.get("status")
    return str(one.enum_type.values_by_number[message.status].name) if one is not None else ""


class World:
    """One run. `disturb` is called now and then: it may kill something."""

    def __init__(
        self, seed: int, tenant: str, channels: Sequence[grpc.Channel], clock: Clock, disturb: Callable[[], str],
        version: str,
    ) -> None:  # fmt: skip
        self.seed, self.tenant, self.channels, self.clock, self.disturb = seed, tenant, channels, clock, disturb
        self.version = version
        self.rng = random.Random(seed)
        self.people = ["jo", "sam", "kim"]
        self.docs: dict[str, Known] = {}
        self.done: dict[str, Done] = {}
        self.trace: list[str] = []
        self.erased = False
        self._ids, self._turn = 0, itertools.count()

    # ------------------------------------------------------------ what rows ask for

    def own_id(self) -> str:
        """An id that the caller chooses; "" leaves it to the service. Sometimes one that is taken."""
        if self.rng.random() < 0.6:
            return ""
        self._ids += self.rng.random() < 0.9
        return f"own-{self._ids}"

    def name_of(self, kind: str, status: str) -> str:
        """A document to refer to, mostly one in this status; "" where there is none."""
        of_kind = [one for one in self.docs.values() if one.kind == kind]
        right = [one.name for one in of_kind if not status or one.status == status]
        names = right if right and self.rng.random() < 0.95 else [one.name for one in of_kind]
        return self.rng.choice(names) if names else ""

    # ------------------------------------------------------------ a run

    def run(self, steps: int) -> None:
        """So many steps, and the documents that the others need first."""
        for rpc in ("LegalEntities.CreateLegalEntity", "Accounts.CreateAccount", "Accounts.CreateAccount"):
            self.command(rpc)
        acts = [self.some_command, self.replay, self.race, self.pass_days, self.look, self.shake]
        for step in range(steps):
            if step == steps // 2:
                self.shake()  # once in any case
            self.rng.choices(acts, [70, 8, 8, 5, 5, 4])[0]()

    def pass_days(self) -> None:
        """Up to three weeks go by."""
        days = self.rng.choice([1, 3, 10, 21])
        self.trace.append(f"{days} days pass")
        self.clock.pass_(days * DAY)

    def shake(self) -> None:
        """Something may be killed."""
        self.trace.append(self.disturb())

    def look(self) -> None:
        """A list by status is what the model says."""
        kind = self.rng.choice([name for name, one in KINDS.items() if one.machine and one.list])
        status = self.rng.choice([str(one) for verb in KINDS[kind].machine.verbs.values() for one in verb.leads])  # type: ignore[union-attr]
        said = {one.name for one in self.docs.values() if one.kind == kind and one.status == status}
        found = {one.name for one in self.listed(kind, f"status = {status}")}
        sure = {name for name in said ^ found if not self._moves_alone(self.docs.get(name))}
        assert not sure, f"{kind} that are {status}: {found}, not {said}"

    def listed(self, kind: str, filter_: str = "") -> list[Any]:
        """All pages of a list, small ones."""
        made: list[Any] = []
        token, size = "", self.rng.choice([1, 2, 7, 100])
        while True:
            request = request_of(KINDS[kind].list, page_size=size, page_token=token, filter=filter_)
            answer = self._settle(lambda r=request: self._send(KINDS[kind].list, r, self._as("administrator", "jo")))  # type: ignore[misc]
            assert not isinstance(answer, Refusal), answer
            page = next(value for one, value in answer.ListFields() if one.is_repeated) if answer.ListFields() else []
            made.extend(page)
            token = answer.next_page_token
            if not token:
                return made

    def some_command(self) -> None:
        """One of those that have something to be done to, mostly one that its status allows."""
        rpcs = [rpc for rpc, row in ROWS.items() if (row.new and not row.of) or row.single or self._targets(rpc)]
        rpc = self.rng.choices(rpcs, [ROWS[one].weight for one in rpcs])[0]
        self.command(rpc)

    def _targets(self, rpc: str) -> list[Known]:
        row = ROWS[rpc]
        of_kind = [one for one in self.docs.values() if one.kind == (row.of or row.kind)]
        machine = KINDS[row.kind].machine
        if row.linked:
            of_kind = [one for one in of_kind if one.status in LINKED]
        allowed = [one for one in of_kind if machine is None or one.status in machine.verbs[row.verb].leads]
        return allowed[-12:] or of_kind[-3:] if self.rng.random() < 0.9 else of_kind

    # ------------------------------------------------------------ commands

    def command(self, rpc: str) -> None:
        """Ask for one, in a careless way, and hold the answer against the model."""
        row = ROWS[rpc]
        targets = self._targets(rpc) if not row.new or row.of else []
        if row.single:
            targets = [self.docs[row.single]] if row.single in self.docs else []
        target = self.rng.choice(targets) if targets else None
        if row.linked and not self._link(target):
            return
        request, metadata, etag = self.asked(rpc, row, target)
        expected = self._expected(row, target, etag, dict(metadata).get("x-quotient-role", "customer"))
        loose = self._moves_alone(target)
        how = self.rng.choices([self._once, self._twice, self._at_once, self._impatient], [70, 10, 10, 6])[0]
        told = how(rpc, request, metadata)
        self._note(rpc, request, metadata, told, how.__name__)
        if isinstance(told, Refusal):
            fine = told.code == expected or told.reason in row.reasons or loose or self._taken(request, told)
            assert fine, f"{rpc} was refused: {told}, expected {expected or 'an answer'}"
            if loose and target:
                self.refresh(target.name)
            return
        assert not expected or loose, f"{rpc} was done, expected {expected}"
        if not loose and not row.linked:
            one = document_in(rpc, told)
            changed = self.docs.get(one.name) if row.into else None if row.new else target
            before = changed.etag if changed else 0
            assert etag_of(one) == before + 1, f"{rpc} made {one.name}@{etag_of(one)} of {before}"
        self._learn(rpc, request, metadata, told, target)

    def asked(self, rpc: str, row: Row, target: Known | None) -> tuple[Any, Metadata, str]:
        """The request, who asks, and the etag that is demanded."""
        request = request_of(rpc, request_id=f"r-{self.seed}-{len(self.trace)}-{self.rng.randrange(10**9)}")
        holder = getattr(request, row.inside) if row.inside else request
        etag = ""
        if target is not None:
            if "name" in holder.DESCRIPTOR.fields_by_name:
                holder.name = "" if row.single else target.name
            if "etag" in holder.DESCRIPTOR.fields_by_name:
                etag = self.rng.choices(["", str(target.etag), str(target.etag - 1)], [65, 30, 5])[0]
                holder.etag = etag
        row.fill(self, request, None if row.new and not row.of else target)
        if row.linked:
            return request, self._link(target), etag
        role, person = self._who(row, target)
        return request, self._as(role, person), etag

    def _who(self, row: Row, target: Known | None) -> tuple[str, str]:
        if row.who is not None and target is not None:
            return row.who(self, target)
        machine = KINDS[row.kind].machine
        roles = [row.role] if row.role else sorted(machine.verbs[row.verb].roles - {"customer"})  # type: ignore[union-attr]
        if self.rng.random() < 0.03:
            roles = ["storefront"]
        return self.rng.choice(roles), self.rng.choice(self.people)

    def _expected(self, row: Row, target: Known | None, etag: str, role: str) -> str:
        """The code of the refusal that the model expects; "" where it should be done."""
        machine = KINDS[row.kind].machine
        verb = machine.verbs[row.verb] if machine and not row.role else None
        if role not in verb.roles if verb else role == "storefront":
            return "PERMISSION_DENIED"
        if target is not None and etag and etag != str(target.etag):
            return "ABORTED"
        if target is not None and verb and target.status not in verb.leads:
            return "FAILED_PRECONDITION"
        return ""

    def _taken(self, request: Any, told: Refusal) -> bool:
        """Whether the id that the caller chose has been given before."""
        own = [value for one, value in request.ListFields() if one.name.endswith("_id") and one.name != "request_id"]
        return told.reason == "EXISTS" and bool(own) and any(name.endswith(f"/{own[0]}") for name in self.docs)

    def _moves_alone(self, known: Known | None) -> bool:
        """Whether the service may change a document without a command, or has."""
        return known is not None and known.status in KINDS[known.kind].alone

    def _link(self, quote: Known | None) -> Metadata:
        """By what a customer asks for a quote; () where they do not have it."""
        assert quote is not None
        request = request_of("Quotes.CreateQuoteLink", name=quote.name)
        told = self._settle(lambda: self._send("Quotes.CreateQuoteLink", request, self._as("seller", "jo")))
        return () if isinstance(told, Refusal) else (("authorization", f"Bearer {told.token}"),)

    def _learn(self, rpc: str, request: Any, metadata: Metadata, answer: Any, target: Known | None) -> None:
        """What an answer says, of the document and of others that change with it."""
        done = Done(rpc, request, metadata, answer)
        self.done[request.request_id] = done
        self.erased |= ROWS[rpc].verb == "erase"
        if ROWS[rpc].linked:  # what it did, the store knows
            self._reread(ROWS["Quotes.AcceptQuote"].touches, target.message, refresh={target.name})  # type: ignore[union-attr]
            return
        for one in done.parts().values():
            self._learn_of(one, one.document, target)

    def _learn_of(self, done: Done, document: Any, target: Known | None) -> None:
        before = target.message if target else None
        known = self.docs.setdefault(document.name, Known(document.name, ROWS[done.rpc].kind, document))
        known.answered(etag_of(document), done)
        if etag_of(document) >= known.etag:
            known.message = document
        self._reread(ROWS[done.rpc].touches, before, document, refresh={document.name} if bare(document) else set())

    def _reread(self, touches: tuple[str, ...], *messages: Any, refresh: set[str]) -> None:
        """Read anew what changes with a document."""
        if touches == ("*",):
            others = set(self.docs)
        else:
            others = {getattr(m, name) for m in messages for name in touches if m is not None} - {""}
        for one in sorted(others | refresh):
            self.refresh(one)

    def refresh(self, name: str) -> None:
        """Read a document anew."""
        kind = name.partition("/")[0]
        if kind not in KINDS or not KINDS[kind].get:
            return
        request = request_of(KINDS[kind].get, name=name)
        answer = self._settle(lambda: self._send(KINDS[kind].get, request, self._as("administrator", "jo")))
        assert not isinstance(answer, Refusal), f"{name}: {answer}"
        known = self.docs.setdefault(name, Known(name, kind, answer))
        assert etag_of(answer) >= known.etag, f"{name} went back from {known.etag} to {etag_of(answer)}"
        known.message = answer

    def gave(self, name: str, option_id: str, rule: str) -> bool:
        """Whether a rule gave something in an option of a quote."""
        request = request_of("Quotes.GetQuote", name=name, waterfall=True)
        quote = self._settle(lambda: self._send("Quotes.GetQuote", request, self._as("administrator", "jo")))
        option = next(one for one in quote.options if one.option_id == option_id)
        return any(bar.rule == rule for line in option.price.lines for bar in line.waterfall)

    def replay(self) -> None:
        """An old request comes again, whatever has happened since: it is answered as it was."""
        if not self.done:
            return
        old = self.done[self.rng.choice(sorted(self.done))]
        again = self._once(old.rpc, old.request, old.metadata)
        if ROWS[old.rpc].linked:
            if getattr(again, "code", "") != "UNAUTHENTICATED":  # the link has ended
                self._same(old, again)
            return
        self._same(old, again)
        if hasattr(old.answer, "answers"):  # of many at once each has a request id of its own
            return
        other = request_of("Accounts.CreateAccount", request_id=old.request.request_id)
        other.account.display_name = "Another request"
        told = self._once("Accounts.CreateAccount", other, old.metadata)
        assert isinstance(told, Refusal) and told.code in ("ALREADY_EXISTS", "PERMISSION_DENIED"), told

    def _same(self, old: Done, again: Any) -> None:
        assert not isinstance(again, Refusal), f"{old.rpc} asked again was refused: {again}"
        same = alike(again, old.answer)
        if self.erased:  # what was personal in it may be gone
            same = _face(document_in(old.rpc, again)) == _face(old.document)
        assert same, f"{old.rpc} asked again was answered otherwise:\n{old.answer}\n---\n{again}"

    def race(self) -> None:
        """Several commands at the same moment, on one document: each is done or refused, one after the other."""
        if not self.docs:
            return
        target = self.docs[self.rng.choice(sorted(self.docs))]
        rpcs = [rpc for rpc, row in ROWS.items() if row.kind == target.kind and not row.new and not row.single]
        if target.status not in LINKED or not self._link(target):
            rpcs = [rpc for rpc in rpcs if not ROWS[rpc].linked]
        if not rpcs:
            return
        chosen = [self.rng.choice(rpcs) for _ in range(self.rng.choice([2, 3, 4]))]
        asked = [(rpc, *self.asked(rpc, ROWS[rpc], target)[:2]) for rpc in chosen]
        told = together([lambda a=one: self._once(*a) for one in asked])  # type: ignore[misc]
        for (rpc, request, metadata), answer in zip(asked, told, strict=True):
            self._note(rpc, request, metadata, answer, "race")
            if isinstance(answer, Refusal):
                assert answer.code in ("ABORTED", "FAILED_PRECONDITION", "PERMISSION_DENIED") or (
                    answer.reason in ROWS[rpc].reasons | {"EXISTS"}
                ), f"{rpc} in a race: {answer}"
            else:
                self._learn(rpc, request, metadata, answer, target)
        self.refresh(target.name)

    # ------------------------------------------------------------ ways to send

    def _once(self, rpc: str, request: Any, metadata: Metadata) -> Any:
        return self._settle(lambda: self._send(rpc, request, metadata))

    def _twice(self, rpc: str, request: Any, metadata: Metadata) -> Any:
        first = self._once(rpc, request, metadata)
        second = self._once(rpc, request, metadata)
        assert isinstance(first, Refusal) or alike(first, second), f"{rpc} sent twice: {first} then {second}"
        return first if not isinstance(first, Refusal) else second

    def _at_once(self, rpc: str, request: Any, metadata: Metadata) -> Any:
        told = together([lambda: self._once(rpc, request, metadata)] * 3)
        answers = [one for one in told if not isinstance(one, Refusal)]
        assert all(alike(one, two) for one, two in itertools.combinations(answers, 2)), (
            f"{rpc} sent thrice at once: {told}"
        )
        return max(answers, key=lambda one: bool(getattr(one, "secret", ""))) if answers else told[0]

    def _impatient(self, rpc: str, request: Any, metadata: Metadata) -> Any:
        """The deadline of the first attempt passes, somewhere."""
        try:
            return self._send(rpc, request, metadata, self.rng.choice([0.001, 0.003, 0.008]))
        except grpc.RpcError as error:
            if error.code().name not in LOST:
                return Refusal(error.code().name, reason_of(error))
        return self._once(rpc, request, metadata)

    def _send(self, rpc: str, request: Any, metadata: Metadata, seconds: float = 20.0) -> Any:
        channel = self.channels[next(self._turn) % len(self.channels)]
        return ask(channel, rpc, request, metadata, seconds)

    def _settle(self, send: Callable[[], Any]) -> Any:
        """The answer or refusal, sending again for as long as nothing is known."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return send()
            except grpc.RpcError as error:
                if error.code().name not in LOST or time.monotonic() > end:
                    return Refusal(error.code().name, reason_of(error))
            time.sleep(0.03)

    def _as(self, role: str, person: str) -> Metadata:
        return (("x-quotient-role", role), ("x-quotient-principal", person), ("x-quotient-tenant", self.tenant))

    def _note(self, rpc: str, request: Any, metadata: Metadata, told: Any, how: str) -> None:
        who = " ".join(value for _, value in metadata[:2])[:40]
        one = told if isinstance(told, Refusal) else document_in(rpc, told)
        end = f"{one.code} {one.reason}" if isinstance(one, Refusal) else " ".join(map(str, _face(one)))
        self.trace.append(f"{rpc} by {who}{how}: {' '.join(str(request).split())} -> {end}")


def alike(one: Any, two: Any) -> bool:
    """Whether two answers to one request say the same. A secret may be shown once only: never two of them. What a customer is shown of
    others beside the quote is of now."""
    if isinstance(one, Refusal) or isinstance(two, Refusal):
        return False
    secrets = {getattr(message, "secret", "") for message in (one, two)} - {""}
    copies = []
    for message in (one, two):
        copy = type(message).FromString(message.SerializeToString())
        for name in OF_NOW.intersection(copy.DESCRIPTOR.fields_by_name):
            copy.ClearField(name)
        copies.append(copy)
    return len(secrets) < 2 and copies[0] == copies[1]


OF_NOW = frozenset({"secret", "messages", "customer_name", "seller_name"})


def _face(message: Any) -> tuple[str, int, str]:
    return getattr(message, "name", ""), etag_of(message), status_of(message)


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """All calls at the same moment; their results in order."""
    results: list[Any] = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(number: int) -> None:
        gate.wait()
        try:
            results[number] = calls[number]()
        except BaseException as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
