"""A change of documents measured at the store, against a bare EVALSHA of the same bytes: sixteen clients, every write synced.

    commit.lua with a quote's next revision, its history, indexes, due time, event and request id
    against   a script that is given the same keys and arguments, and SETs all of those bytes once: at most 1.5 times as long
    beside    a script that is given all of the bytes as one argument

Requests are written beforehand, so that clients only send and receive: what is measured is the store and its disk. All kinds of
request go in turn within each round. `appendfsync always` makes both wait for the disk; what the store itself computes is told apart.
"""

from __future__ import annotations

import selectors
import socket
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from itertools import chain
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.figures import Figure
from engine.lifecycle.quote import Option, Quote, QuoteStatus, Total
from engine.lifecycle.terms import Part, Terms
from engine.store.client import connect
from engine.store.documents import REQUEST_SECONDS, Change
from engine.store.embedded import EmbeddedStore

CLIENTS, EACH, ROUNDS, GOAL = 16, 150, 9, 1.5
BARE = "redis.call('SET', KEYS[1], table.concat(ARGV)) return {'DONE', ARGV[2], ''}"
SIDES = ("commit", "bare", "one argument")
_STATUSES = (QuoteStatus.DRAFT, QuoteStatus.APPROVED, QuoteStatus.SENT)
Stream = list[bytes]


def quote(name: str) -> Quote:
    """A quote of ten products as it is kept: what it holds and costs is by its hash."""
    products = {f"product-{n}": Part(listed=10**9 + n, net=9 * 10**8, sold=9 * 10**8) for n in range(10)}
    whole = Part(listed=10**10, net=9 * 10**9, sold=9 * 10**9)
    terms = Terms(currency_code="EUR", whole=whole, products=products)
    total = Total(name="per_month", list_amount_micros=10**10, net_amount_micros=9 * 10**9)
    option = Option(option_id="basic", content="a" * 64, priced="b" * 64, totals=(total,), complete=True, terms=terms)
    return Quote(
        name=name, etag=1, create_time=1, creator="jo", update_time=1, updater="jo", account="accounts/acme", owner="jo",
        book="books/saas", book_version="0" * 32, pricing_date=739_000, currency_code="EUR", options=(option,), editors=("jo",),
    )  # fmt: skip


def changes(client: str) -> Iterator[tuple[list[str], list[Any]]]:
    """Keys and arguments of commit.lua: a quote that is sent and revised, again and again."""
    made, before = quote(f"quotes/{client}"), None
    for number in range(EACH):
        if before is not None:
            status = _STATUSES[number % 3]
            expires = 2 * 10**15 + number if status is QuoteStatus.SENT else 0
            made = replace(before, etag=before.etag + 1, status=status, expire_time=expires, update_time=number)
        change = Change("bench")
        change.save(made, before)
        change.event({"type": "QuoteSent", "subject": made.name, "etag": made.etag, "by": "jo", "time": number})
        yield call_of(change, f"{client}-{number}", f"{made.name}@{made.etag}")
        before = made


def call_of(change: Change, request_id: str, answer: str) -> tuple[list[str], list[Any]]:
    """Keys and arguments of a change, as `Documents.commit` sends it."""
    keys = [f"{{{change.tenant}}}:request:{request_id}", *change.steps.keys]
    return keys, ["jo " + "f" * 64, answer, REQUEST_SECONDS, *change.steps.args]


def commit_script() -> str:
    """commit.lua."""
    return (files("engine.store") / "scripts" / "commit.lua").read_text()


def streams(round_: int, commit: str, bare: str) -> dict[str, list[Stream]]:
    """Of each side what each client sends; the bytes of a change are the same on all."""
    made: dict[str, list[Stream]] = {name: [] for name in SIDES}
    for client in range(CLIENTS):
        own: dict[str, Stream] = {name: [] for name in made}
        for _number, (keys, args) in enumerate(changes(f"c{round_}-{client}")):
            whole = b"".join(one if isinstance(one, bytes) else str(one).encode() for one in (*keys, *args))
            own["commit"].append(_command("EVALSHA", commit, len(keys), *keys, *args))
            own["bare"].append(_command("EVALSHA", bare, len(keys), f"{keys[0]}-bare", *keys[1:], *args))
            own["one argument"].append(_command("EVALSHA", bare, 1, f"{keys[0]}-one", whole, ""))
        for name, stream in own.items():
            made[name].append(stream)
    return made


def _command(*parts: Any) -> bytes:
    encoded = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(one), one) for one in encoded)


def drive(path: Path, sent: Sequence[Stream]) -> float:
    """Seconds until all clients have sent all of theirs, one after the other, each after the answer to the one before."""
    with selectors.DefaultSelector() as ready:
        for stream in sent:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(str(path))
            ready.register(connection, selectors.EVENT_READ, iter(stream))
        began = perf_counter()
        for key in tuple(ready.get_map().values()):
            key.fileobj.sendall(next(key.data))  # type: ignore[union-attr]
        while ready.get_map():
            for key, _ in ready.select():
                _next(ready, key)
        return perf_counter() - began


def _next(ready: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    connection: Any = key.fileobj
    answer = connection.recv(65_536)
    assert answer.startswith(b"*3\r\n$4\r\nDONE"), answer
    following = next(key.data, None)
    if following is None:
        ready.unregister(connection)
        connection.close()
    else:
        connection.sendall(following)


def measure(command: str) -> list[Figure]:
    """The ratios, all sides in turn, medians of the rounds."""
    taken: dict[str, list[float]] = {name: [] for name in SIDES}
    spent: dict[str, list[float]] = {name: [] for name in SIDES}
    with tempfile.TemporaryDirectory(prefix="quo-") as folder:
        store = EmbeddedStore(Path(folder) / "store")
        store.start()
        client = connect(store.url)
        shas: Any = [client.script_load(one) for one in (commit_script(), BARE)]
        for round_ in range(ROUNDS):
            for name, sent in streams(round_, *shas).items():
                client.config_resetstat()
                taken[name].append(drive(store.socket, sent) / (CLIENTS * EACH))
                told: Any = client.info("commandstats")
                spent[name].append(told["cmdstat_evalsha"]["usec_per_call"])
        client.close()
        store.stop()
    took = {name: median(values) for name, values in taken.items()}
    size = len(next(chain.from_iterable(streams(0, *shas)["commit"])))
    of = ", ".join(f"{name} {took[name] * 1e6:.0f} us, of it the script {median(spent[name]):.0f}" for name in took)
    note = f"{CLIENTS} clients, appendfsync always, {size:,} bytes a change; each takes {of}"
    to_one = took["commit"] / took["one argument"]
    return [
        Figure("state_change_to_bare_evalsha", took["commit"] / took["bare"], GOAL, "lower", command, note),
        Figure(
            "state_change_to_evalsha_of_one_argument", to_one, None, "lower", command, "the same bytes, not taken apart"
        ),
    ]
