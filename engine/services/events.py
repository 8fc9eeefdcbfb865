"""What happened, for those who ask: a page of it, or a watch that goes on from any point."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from engine.lifecycle.events import START, Event, Wanted, checked, checked_id
from engine.services.context import Context
from engine.services.pages import MOST_PAGE, size_of
from engine.services.refusal import Refused, needs_store
from engine.store.outbox import Outbox

BATCH = 200
MOST_READ = 10_000
"""A page that looks for what is rare ends after so many events; its token goes on from there."""
BLOCK_MS = 500
BEAT_SECONDS, LEAST_BEAT, MOST_BEAT = 15.0, 1.0, 60.0


@dataclass(frozen=True, slots=True)
class Watched:
    """Events that were asked for, and the last id of all that were looked at."""

    events: Sequence[Event]
    bookmark: str


class Happened:
    """The events of all tenants, as their outboxes have them."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox

    @needs_store
    def page(self, context: Context, wanted: Wanted, size: int = 0, token: str = "") -> Watched:
        """Events after one, in order; the bookmark is "" where there are no more.

        Raises:
            Refused: INVALID_ARGUMENT, PERMISSION_DENIED; OUT_OF_RANGE, what comes next was archived.
        """
        wanted = _allowed(context, wanted)
        size, at = size_of(size, 100), checked_id(token or START, "page_token")
        found: list[Event] = []
        for _ in range(MOST_READ // MOST_PAGE):
            read = self.outbox.after(context.tenant, at, MOST_PAGE)
            found.extend(one for one in read if wanted.has(one))
            if len(found) > size:
                return Watched(found[:size], found[size - 1].id)
            if len(read) < MOST_PAGE:
                return Watched(found, "")
            at = read[-1].id
        return Watched(found, at)

    def watch(
        self, context: Context, wanted: Wanted, after: str, beat: float = 0.0, ending: Callable[[], bool] = bool
    ) -> Iterator[Watched]:
        """Events after one ("": from now on) for as long as the caller stays; at first, and every `beat` seconds, how far it looked.

        Raises:
            Refused: as `page`; UNAVAILABLE, the store does not serve, or the service stops: resume.
        """
        wanted = _allowed(context, wanted)
        if beat and not LEAST_BEAT <= beat <= MOST_BEAT:
            said = f"a heartbeat is every {LEAST_BEAT:.0f} to {MOST_BEAT:.0f} seconds"
            raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", said, "heartbeat")
        at = checked_id(after, "after") if after else self._last(context.tenant)
        yield Watched((), at)
        said_at, every = time.monotonic(), beat or BEAT_SECONDS
        while not ending():
            context.in_time()
            read = self._next(context.tenant, at)
            at = read[-1].id if read else at
            found = [one for one in read if wanted.has(one)]
            if found or time.monotonic() - said_at >= every:
                said_at = time.monotonic()
                yield Watched(found, at)
        raise Refused("UNAVAILABLE", "STOPPING", "the service stops: resume after the last bookmark", again_seconds=1.0)

    @needs_store
    def _last(self, tenant: str) -> str:
        return self.outbox.last(tenant)

    @needs_store
    def _next(self, tenant: str, at: str) -> list[Event]:
        """What comes after an event, waiting a moment for it."""
        read = self.outbox.after(tenant, at, BATCH)
        if not read and self.outbox.wait(tenant, at, BLOCK_MS):
            read = self.outbox.after(tenant, at, BATCH)
        return read


def _allowed(context: Context, wanted: Wanted) -> Wanted:
    """What was asked for; to a caller who is bound to an account only what is of that.

    Raises:
        Refused: INVALID_ARGUMENT, PERMISSION_DENIED.
    """
    context.require("watch events")
    if context.account and wanted.account not in ("", context.account):
        said = f"a caller who is bound to {context.account} does not see what is of others"
        raise Refused("PERMISSION_DENIED", "BOUND", said, "account")
    return checked(replace(wanted, account=context.account) if context.account else wanted)
