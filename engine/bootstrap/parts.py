"""The concrete parts: services over a store, and the books that a first start publishes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.bootstrap.settings import Settings
from engine.bootstrap.unstartable import Unstartable
from engine.identity.apikeys import ApiKeys
from engine.identity.links import Links
from engine.identity.verified import Verified
from engine.services.books.shelf import Shelf
from engine.services.books.verbs import Books, Unpublishable
from engine.services.context import Context, Role
from engine.services.customers import Customers
from engine.services.desk import Desk
from engine.services.events import Happened
from engine.services.keys import KeysFound
from engine.services.pricing.verbs import Pricing
from engine.services.refusal import Refused
from engine.services.selling.offers import LinkSecrets
from engine.services.webhooks import Webhooks
from engine.store.books import BookStore
from engine.store.client import SERVICE, connect
from engine.store.deliveries import Deliveries
from engine.store.documents import Documents
from engine.store.outbox import Outbox
from engine.values.identity import version_of

if TYPE_CHECKING:
    from engine.identity.keysource import KeySource

TENANT = "demo"
AUTHOR = "first-start"
LOOK_RETRIES = 1
"""A call does not wait for a store that restarts to know its caller: one known a moment ago goes on (see `identity.verified`)."""


@dataclass(frozen=True)
class Parts:
    """The services of a process, over one store and one clock; how callers are verified.

    `keys_of_tokens` is to be read again now and then; None: no tokens are taken.
    """

    books: Books
    pricing: Pricing
    desk: Desk
    happened: Happened
    webhooks: Webhooks
    verified: Verified
    keys_of_tokens: KeySource | None


def parts(url: str, settings: Settings) -> Parts:
    """The services over the store at a URL.

    Raises:
        StoreDown: no node of a cluster answers.
    """
    client = connect(url, name=SERVICE)
    shelf = Shelf(BookStore(client), settings.data / "plans")
    documents, clock, issuer = Documents(client), settings.clock, settings.security.issuer
    tokens, source = issuer.tokens(clock) if issuer else (None, None)
    keys = ApiKeys(KeysFound(Documents(connect(url, LOOK_RETRIES, SERVICE))), clock)
    pricing = Pricing(shelf, clock, Customers(documents))
    desk, outbox = Desk(documents, clock), Outbox(client)
    webhooks = Webhooks(desk, Deliveries(client), outbox, settings.webhook_loopback)
    verified = Verified(tokens, keys, clock, links=Links(LinkSecrets(documents), clock))
    return Parts(Books(shelf, clock), pricing, desk, Happened(outbox), webhooks, verified, source)


def open_books(url: str, settings: Settings) -> list[str]:
    """Publish the books of rules/ that are not there, and lower what answers; returns `name@version` of all.

    Raises:
        Unstartable: a book of rules/ does not check, or the data folder cannot be written.
    """
    books = Books(Shelf(BookStore(connect(url, name=SERVICE)), settings.data / "plans"), settings.clock)
    try:
        books.shelf.tidy()
        publish_rules(books, settings.rules)
        books.shelf.load(TENANT, settings.clock())
        return [f"{name}@{version[:8]}" for name, version in books.shelf.active(TENANT)]
    except Refused as refused:
        raise Unstartable(refused.message) from refused
    finally:
        books.store.close()  # its connections are not for the workers, who are forked


def publish_rules(books: Books, rules: Path) -> None:
    """Publish and activate each book of the rules folder that the tenant does not have.

    A book that is there already stays as it is: what was published since counts, not the folder. One that an earlier
    first start published, but did not come to activate, is activated.

    Raises:
        Unstartable: a book does not check.
    """
    context = Context(TENANT, AUTHOR, Role.ADMINISTRATOR)
    there = set(books.store.names(TENANT))
    for folder in sorted(path for path in rules.glob("*") if any(path.glob("*.quo"))):
        name = folder.name.replace("_", "-")
        if name in there and not _half_begun(books, name):
            continue
        try:
            record, _ = books.publish(context, name, bundle(folder))
            once = f"first-{version_of({name: record.id.encode()})}"  # two hosts may start at once
            books.activate(context, name, record.id, request_id=once)
        except Unpublishable as refused:
            raise Unstartable(f"{folder}: {refused.message} (`quo check {folder}` shows all)") from refused


def bundle(folder: Path) -> dict[str, bytes]:
    """The files of a book's folder by their paths in it."""
    files = (path for path in sorted(folder.rglob("*")) if path.suffix in (".quo", ".csv"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _half_begun(books: Books, name: str) -> bool:
    versions = books.store.versions(TENANT, name, 2)
    return not books.store.activations(TENANT, name) and [one.author for one in versions] == [AUTHOR]
