"""Holds a tenant's keys in the store against each other and against what was answered: whatever the model knows, and what must always hold.

Any tenant of a service can be audited; what was answered is held against it where a model is given.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.api.mapping import to_message
from engine.identity.apikeys import digest_of
from engine.lifecycle.document import Document
from engine.lifecycle.events import START
from engine.lifecycle.keys import ApiKey
from engine.lifecycle.webhooks import Webhook
from engine.services.context import Context, Role
from engine.services.requests import kept_as
from engine.store.books import BookStore
from engine.store.client import Client
from engine.store.documents import Documents
from engine.store.outbox import Outbox
from tests.simulation.deals import KINDS, ROWS, Kind
from tests.simulation.world import Done, Known, World, bare, etag_of


@dataclass(frozen=True)
class Event:
    """An event of the outbox, with where it stands in it."""

    at: int
    id: str
    said: dict[str, Any]

    @property
    def revision(self) -> tuple[str, int]:
        """Which revision it tells of."""
        return self.said.get("subject", ""), int(self.said.get("etag", 0))


class Audit:
    """What the store holds of a tenant."""

    def __init__(self, client: Client, tenant: str) -> None:
        self.client, self.tenant, self.store = client, tenant, Documents(client)
        self.prefix = f"{{{tenant}}}:"
        told = Outbox(client).told(
            tenant, START, most=1_000_000
        )  # first: what has changed since shows by there being more
        self.events = [Event(at, id_, json.loads(body)) for at, (id_, body) in enumerate(told)]
        found: Iterable[bytes] = client.scan_iter(match=f"{self.prefix}*", count=1_000)
        self.keys = sorted(key.decode().removeprefix(self.prefix) for key in found)
        self.history = {name: self._history(name) for name in self._names()}

    def quiet(self, now: float) -> bool:
        """Whether nothing is due, or is being done: what is claimed stands at the end of its lease."""
        said = {f"{name}#{what}": at for name, all_ in self.history.items() for what, at in all_[-1].dues().items()}
        return self._members("due") == said and all(at > now * 1_000_000 for at in said.values())

    def _names(self) -> Iterator[str]:
        for key in self.keys:
            head, *rest = key.split(":")
            if head == "doc" and rest[2:] == ["revisions"]:
                yield "/".join(rest[:2])

    def _history(self, name: str) -> list[Document]:
        return self.store.history(self.tenant, _kind(name).document, name, most=1_000_000)

    # ------------------------------------------------------------ what always holds

    def check(self) -> None:
        """All of it."""
        for name, revisions in self.history.items():
            self.each_revision_follows(name, revisions)
        self.indexes_and_dues_are_those_of_the_documents()
        self.numbers_have_no_gap()
        self.outbox_tells_each_revision_once_in_order()
        self.activations_are_those_agreed_to()

    def each_revision_follows(self, name: str, revisions: list[Document]) -> None:
        """Revision n has the etag n, and its status comes from the one before by a verb of the machine; the last one is what is now."""
        now = self.store.get(self.tenant, _kind(name).document, name)
        assert now == revisions[-1], f"{name} is {now}, its last revision {revisions[-1]}"
        assert [one.etag for one in revisions] == [*range(1, len(revisions) + 1)], name
        assert len({(one.name, one.number, one.create_time, one.creator) for one in revisions}) == 1, name
        machine, also = _kind(name).machine, _kind(name).also
        if machine is None:
            return
        steps = {(str(a), str(b)) for verb in machine.verbs.values() for a, b in verb.leads.items()} | also
        path = [str(one.status) for one in revisions]  # type: ignore[attr-defined]
        assert path[0] in _kind(name).starts | {str(machine.start)}, path
        for pair, one, two in zip(zip(path, path[1:], strict=False), revisions, revisions[1:], strict=False):
            assert pair in steps, f"{name}@{two.etag}: {pair} is no step: {path}"
            assert one.update_time <= two.update_time, f"{name}@{two.etag} is older than the one before"

    def indexes_and_dues_are_those_of_the_documents(self) -> None:
        """No more and no less."""
        indexes: dict[str, set[str]] = defaultdict(set)
        dues: dict[str, int] = {}
        for name, revisions in self.history.items():
            now = revisions[-1]
            indexes[f"index:{now.KIND}"].add(now.id)
            for what, value in now.found_by():
                indexes[f"index:{now.KIND}:{what}={value}"].add(now.id)
            dues |= {f"{name}#{what}": when for what, when in now.dues().items()}
        kept = {key: self._members(key).keys() for key in self.keys if key.startswith("index:")}
        assert kept == indexes, _difference(kept, indexes)
        due = self._members("due")
        assert due.keys() == dues.keys(), _difference(due, dues)
        later = {name: (due[name], when) for name, when in dues.items() if due[name] != when}
        assert all(lease > when for lease, when in later.values()), later  # it was claimed, to be done again

    def _members(self, key: str) -> dict[str, int]:
        found: Any = self.client.zrange(self.prefix + key, 0, -1, withscores=True)
        return {member.decode(): int(score) for member, score in found}

    def numbers_have_no_gap(self) -> None:
        """Of each range 1, 2, 3 and so on, each once, and the count says how many."""
        by_form: dict[str, list[int]] = defaultdict(list)
        for revisions in self.history.values():
            if revisions[-1].NUMBERED:
                form, digits = _parted(revisions[-1].number)
                by_form[form].append(int(digits))
        for form, numbers in by_form.items():
            assert sorted(numbers) == [*range(1, len(numbers) + 1)], f"{form}: {sorted(numbers)}"
        counts = [self.client.get(self.prefix + key) for key in self.keys if key.startswith("count:numbers:")]
        assert sorted(int(one or 0) for one in counts) == sorted(map(len, by_form.values()))

    def outbox_tells_each_revision_once_in_order(self) -> None:
        """Of each document 1, 2, 3 and so on, by whom and when as the revision says."""
        told: dict[str, list[int]] = defaultdict(list)
        for event in self.events:
            subject, etag = event.revision
            if subject in self.history:
                told[subject].append(etag)
                revision = self.history[subject][etag - 1]
                assert (event.said["by"], event.said["time"]) == (revision.updater, revision.update_time), event
        assert told == {name: [one.etag for one in revisions] for name, revisions in self.history.items()}

    def activations_are_those_agreed_to(self) -> None:
        """A book has the activation of each request that was approved, once, and of no other."""
        last = [revisions[-1] for name, revisions in self.history.items() if name.startswith("approvals/")]
        agreed = [one.name for one in last if one.subject.startswith("books/") and one.status == "APPROVED"]  # type: ignore[attr-defined]
        books = BookStore(self.client)
        made = [one.approval for book in books.names(self.tenant) for one in books.activations(self.tenant, book)]
        assert sorted(agreed) == sorted(filter(None, made))

    # ------------------------------------------------------------ what was answered

    def against(self, world: World) -> None:
        """Everything that was answered is there, as it was answered, and nothing else that nobody asked for."""
        self.find_what_was_answered_by_link(world)
        for known in world.docs.values():
            self.answers_stand(known, world)
        assert world.docs.keys() | self.history.keys() == world.docs.keys(), self.history.keys() - world.docs.keys()
        self.each_request_is_kept_once(world)
        self.what_was_not_answered_came_along(world)
        self.lists_are_the_documents(world)
        self.counts_are_what_was_given(world)

    def find_what_was_answered_by_link(self, world: World) -> None:
        """A customer is told neither name nor etag of what they did: the store has them under the request."""
        for request_id, done in world.done.items():
            if ROWS[done.rpc].linked:
                answered = self._answered(request_id)
                assert answered, f"{done} is not kept"
                name, _, etag = answered[1].rpartition("@")
                world.docs.setdefault(name, Known(name, _kind_of(name), done.answer)).answered(int(etag), done)

    def _answered(self, request_id: str) -> tuple[str, str] | None:
        """By a request id of the simulation, which one caller sent."""
        (kept,) = [key for key in self.keys if key.startswith("request:") and key.endswith(f":{request_id}")]
        return self.store.answered(self.tenant, kept.removeprefix("request:"))

    def answers_stand(self, known: Known, world: World) -> None:
        """Each answer is a revision, in every field that a revision has."""
        revisions = self.history[known.name]
        for etag, done in known.answers.items():
            kept = revisions[etag - 1]
            self.secrets_are_those_that_were_shown(kept, done)
            if bare(done.document):
                continue
            personal = {path.partition(".")[0] for path in kept.personal()} if world.erased else ()
            told = to_message(kept, type(done.document))
            for field, value in told.ListFields():
                if field.name not in (*BESIDE, *personal):
                    assert getattr(done.document, field.name) == value, f"{known.name}@{etag} {field.name}"

    def secrets_are_those_that_were_shown(self, kept: Document, done: Done) -> None:
        """A key that was shown is the one that is verified; a webhook's secret the one that signed until it was rotated out."""
        shown = getattr(done.answer, "secret", "")
        if shown and isinstance(kept, ApiKey):
            assert digest_of(shown) == kept.digest, kept.name
        if shown and isinstance(kept, Webhook):
            assert kept.secret in ("", shown), kept.name

    def each_request_is_kept_once(self, world: World) -> None:
        """Under the caller and the id of each command that was done stands its answer; no other of the simulation's ids is there."""
        own = re.compile(rf"request:([0-9a-f]{{32}}):(r-{world.seed}-.*|[0-9a-f]{{40}})\Z")
        kept = [(match[2], match[1]) for key in self.keys if (match := own.match(key))]
        done = {request_id: one for all_ in world.done.values() for request_id, one in all_.parts().items()}
        assert sorted(one for one, _ in kept) == sorted(done), _difference(dict(kept), done)
        for request_id, caller in kept:
            one, linked = done[request_id], ROWS[done[request_id].rpc].linked
            answered = self._answered(request_id)
            who = Context(self.tenant, dict(one.metadata).get("x-quotient-principal", ""), Role.ADMINISTRATOR)
            assert linked or kept_as(who, "") == f"{caller}:", f"{one} is kept as another's"
            assert answered and (linked or answered[1] == f"{one.document.name}@{etag_of(one.document)}"), one

    def what_was_not_answered_came_along(self, world: World) -> None:
        """A revision that no command was answered by was made in one change with one that was: its event stands beside, by the same
        person at the same time, and is of another document. What the service does by itself is told by its own name."""
        answered = {(known.name, etag) for known in world.docs.values() for etag in known.answers}
        groups: list[list[Event]] = []
        for event in self.events:
            same = groups and groups[-1][-1].said.get("by") == event.said.get("by")
            same = same and groups[-1][-1].said.get("time") == event.said.get("time")
            groups[-1].append(event) if same else groups.append([event])
        for group in groups:
            alone = [one for one in group if one.revision not in answered and one.revision[0] in self.history]
            if not alone or group[0].said["by"] in OURS:
                continue
            subjects = Counter(event.revision[0] for event in group if event.revision in answered)
            for one in alone:
                beside = [e for e in group if abs(e.at - one.at) <= len(alone) and e.revision in answered]
                other = [e for e in beside if e.revision[0] != one.revision[0]]
                assert other, f"{one.said} was answered to nobody, among {[e.said for e in group]}, {subjects}"

    def lists_are_the_documents(self, world: World) -> None:
        """Over RPC: all of a kind, the newest ids first."""
        for kind in (name for name, one in KINDS.items() if one.list):
            names = sorted((name for name in self.history if name.startswith(f"{kind}/")), reverse=True)
            assert [one.name for one in world.listed(kind)] == names

    def counts_are_what_was_given(self, world: World) -> None:
        """A coupon was counted as often as an accepted option gave it, and never above its limit."""
        given = 0
        for name, revisions in self.history.items():
            acceptance = getattr(revisions[-1], "acceptance", None)
            if name.startswith("quotes/") and acceptance:
                given += world.gave(name, acceptance.option_id, "spring")
        kept = [int(self.client.get(self.prefix + key) or 0) for key in self.keys if key.startswith("count:limit:")]  # type: ignore[arg-type]
        assert sum(kept) == given and all(one <= 3 for one in kept), (kept, given)


BESIDE = ("options", "acceptance")
"""Fields whose answer has more than the revision: lines and prices of options by their hashes, who signed."""
OURS = frozenset({"keeper"})
"""Who the service itself is, where it does what is due."""


def _kind_of(name: str) -> str:
    return name.partition("/")[0]


def _kind(name: str) -> Kind:
    return KINDS[_kind_of(name)]


def _parted(number: str) -> tuple[str, str]:
    form = number.rstrip("0123456789")
    return form, number[len(form) :]


def _difference(one: Mapping[str, Any], two: Mapping[str, Any]) -> str:
    return (
        f"more: {[(k, one[k]) for k in one if k not in two]}, less: {[(k, two[k]) for k in two if k not in one]}, "
        + str([(k, one[k], two[k]) for k in one if k in two and one[k] != two[k]][:5])
    )
