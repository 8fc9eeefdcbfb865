"""Bad requests, call by call and field by field, from the descriptors: each has the status that it should have, and nothing is changed.

A right request of each call (see `walk`) is spoiled in one field at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import redis
from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from tests.simulation.service import running
from tests.simulation.stores import server
from tests.trust import Authority, jwk, jwks, private_key
from tests.wire.furnished import furnish
from tests.wire.guarded import secured, tls, tokens, who
from tests.wire.methods import METHODS
from tests.wire.walk import call, path_of, request_for

pytestmark = pytest.mark.service
TENANT = "zz-acme"
HUGE = "x" * 20_000
DEEPEST = 3


@dataclass(frozen=True)
class Kept:
    """A service, the names of what a tenant has, and its store."""

    channel: grpc.Channel
    names: dict[str, str]
    store: redis.Redis

    def all(self) -> dict[bytes, bytes | None]:
        """All that the store has."""
        found = self.store.keys("*")
        return {key: self.store.dump(key) for key in found}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder: Path = tmp_path_factory.mktemp("bad")
    authority = Authority(folder)
    (folder / "keys.json").write_bytes(jwks(jwk(private_key("ES256"), "ES256", kid="es256")))
    settings = tls(authority) | tokens(QUOTIENT_JWT_KEYS=str(folder / "keys.json"))
    with (
        server(folder / "store") as store,
        running(folder, QUOTIENT_REDIS_URL=f"redis://127.0.0.1:{store.port}", **settings) as service,
        secured(service.address, authority) as channel,
    ):
        yield Kept(channel, furnish(channel, TENANT), store.client())


@dataclass(frozen=True)
class Spoiled:
    """A field of a call, a value that is wrong there, and the statuses that say so."""

    call: str
    path: tuple[str, ...]
    value: Any
    statuses: frozenset[str]

    def __str__(self) -> str:
        return f"{self.call}-{'.'.join(self.path)}-{str(self.value)[:12]}"


WRONG, NONE, STALE = frozenset({"INVALID_ARGUMENT"}), frozenset({"NOT_FOUND"}), frozenset({"ABORTED"})
OF_TEXT: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {
    "page_token": (("!", WRONG),), "filter": (("nonsense ~", WRONG), ('no_such = "x"', WRONG)),
    "request_id": (("NOT ONE", WRONG),), "etag": (("99999", STALE),),
}  # fmt: skip
"""By the name of a field: texts that are wrong in it."""
ANYTHING = frozenset({
    "Pricing.PriceStream.correlation_id", "Configuration.Explain.selection.total_name", "Configuration.Repair.selection.total_name",
    "Catalog.GetOptions.book",
})  # fmt: skip
"""Texts that only come back as they were, are of no use to that call, or may be left out."""


def spoils(name: str) -> Iterator[Spoiled]:
    """What can be wrong with a call."""
    kind, named, said = METHODS[name].input_type, path_of(METHODS[name]), request_for(METHODS[name], ANY)
    if "page_size" in kind.fields_by_name:
        yield Spoiled(name, ("page_size",), -1, WRONG)
    if "update_mask" in kind.fields_by_name:
        yield Spoiled(name, ("update_mask",), ["no_such_field"], WRONG)
    for path, behaviour in texts_in(kind):
        whole = ".".join(path)
        if named and whole == named[0]:
            yield Spoiled(name, path, "nonsense", WRONG | NONE)
            yield Spoiled(
                name, path, f"{named[1].replace('*', 'accounts', 1)}/nobody", NONE if "*/" not in named[1] else WRONG
            )
            if field_behavior_pb2.REQUIRED in behaviour and f"{name}.{whole}" not in ANYTHING:
                yield Spoiled(name, path, "", WRONG)
        new = len(path) > 1 and not (named and named[0] == ".".join((*path[:-1], "name")))  # it has no etag to be wrong
        for wrong, statuses in () if new and path[-1] == "etag" else OF_TEXT.get(path[-1], ()):
            yield Spoiled(name, path, wrong, statuses)
        if (len(path) == 1 or said.HasField(path[0])) and path[-1] != "etag" and f"{name}.{whole}" not in ANYTHING:
            yield Spoiled(name, path, HUGE, WRONG | NONE)


def texts_in(message: Descriptor, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every text that a caller says once, however deep within messages, with what the proto says of it."""
    for field in message.fields:
        behaviour = field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
        inner = field.message_type
        if field.is_repeated or field_behavior_pb2.OUTPUT_ONLY in behaviour:
            continue
        if field.type == FieldDescriptor.TYPE_STRING:
            yield (*path, field.name), behaviour
        elif inner is not None and inner.file.package == "quotient.v1" and len(path) < DEEPEST:
            yield from texts_in(inner, (*path, field.name))


class Anything(dict[str, str]):
    """Some name of every collection."""

    def __missing__(self, collection: str) -> str:
        return f"{collection}/x"


ANY = Anything()
CASES = [one for name in METHODS if not name.startswith("Offers.") for one in spoils(name)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_wrong_has_its_status(kept: Kept, case: Spoiled) -> None:
    request: Any = request_for(METHODS[case.call], kept.names)
    into = request
    for part in case.path[:-1]:
        into = getattr(into, part)
    if isinstance(case.value, list):
        getattr(into, case.path[-1]).paths.extend(case.value)
    else:
        setattr(into, case.path[-1], case.value)
    before = kept.all()
    status, reason, _ = call(kept.channel, METHODS[case.call], request, who("administrator", TENANT))
    assert status in case.statuses and reason
    assert kept.all() == before
