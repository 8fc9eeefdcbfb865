"""quotient.v1.Events: a page of what happened, or all of it as it happens.

A stream blocks a thread for as long as its client stays. So streams have threads of their own (`WATCHERS`): as many as a worker serves
of them, and none of those that answer calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Event
from typing import Any, ClassVar

from engine.api.mapping import to_message
from engine.lifecycle.events import Wanted, source_of
from engine.services.context import Context
from engine.services.events import Happened, Watched
from engine.services.refusal import Refused
from quotient.v1 import events_pb2 as pb

MOST_WATCHERS = 32
WATCHERS = ThreadPoolExecutor(MOST_WATCHERS + 2, "watcher")
"""Two more than have a place, so that who gets none is told."""
_PLACES = BoundedSemaphore(MOST_WATCHERS)
ENDING = Event()
"""Set by a worker that is about to stop: streams end, and their clients resume elsewhere."""


class EventsServicer:
    """quotient.v1.Events."""

    THREADS: ClassVar[Mapping[str, ThreadPoolExecutor]] = {"WatchEvents": WATCHERS}

    def __init__(self, services: Any) -> None:
        self.happened: Happened = services.happened

    def ListEvents(self, context: Context, request: Any) -> Any:
        """A page of events."""
        found = self.happened.page(context, _wanted(request), request.page_size, request.page_token)
        return pb.ListEventsResponse(
            events=[_event(context, one) for one in found.events], next_page_token=found.bookmark
        )

    def WatchEvents(self, context: Context, request: Any) -> Iterator[Any]:
        """Events as they happen."""
        if not _PLACES.acquire(blocking=False):
            said = f"a worker serves {MOST_WATCHERS} watchers: try again, another may have a place"
            raise Refused("RESOURCE_EXHAUSTED", "TOO_MANY_STREAMS", said, again_seconds=1.0)
        try:
            beat = request.heartbeat.ToMilliseconds() / 1_000 if request.HasField("heartbeat") else 0.0
            for seen in self.happened.watch(context, _wanted(request), request.after, beat, ENDING.is_set):
                yield from _messages(context, seen)
        finally:
            _PLACES.release()


def _wanted(request: Any) -> Wanted:
    return Wanted(types=tuple(request.types), account=request.account, subject_kinds=tuple(request.subject_kinds))


def _messages(context: Context, seen: Watched) -> Iterator[Any]:
    """Each event is a bookmark by itself; where others passed by, or nothing happened, a heartbeat says how far that was."""
    for one in seen.events:
        yield pb.WatchEventsResponse(event=_event(context, one), bookmark=one.id)
    if not seen.events:
        yield pb.WatchEventsResponse(bookmark=seen.bookmark)


def _event(context: Context, event: Any) -> Any:
    message = to_message(event, pb.Event)
    message.source = source_of(context.tenant)
    return message
