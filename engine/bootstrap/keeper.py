"""The keeper: one process that does what is due, and delivers events to webhooks. Several, on several hosts, share the work by leases."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress

import structlog

from engine.bootstrap.parts import parts
from engine.bootstrap.settings import Settings
from engine.bootstrap.worker import tell, until_told
from engine.outbound.post import Poster
from engine.services.delivering import Delivering
from engine.services.refusal import Refused
from engine.services.selling.answers import Answers
from engine.services.selling.priced import Prices
from engine.services.selling.reminding import Reminders
from engine.services.timed import BATCH, Doing, Timed
from engine.store.client import StoreDown

LOOK_SECONDS, LEAST_SECONDS = 1.0, 0.02
_NEVER = 2**62
_log = structlog.get_logger("quotient.keeper")


def keeper(settings: Settings, url: str, parent: int, told: int) -> int:
    """Keep; a byte to `told` says that it does. Returns the exit status."""
    stop = until_told()
    with suppress(OSError):  # a full disk: it is for people to know which process it is
        (settings.data / "keeper").write_text(str(os.getpid()))
    tell(told)
    keeping: Keeping | None = None
    while not stop.is_set() and os.getppid() == parent:
        wait = LOOK_SECONDS
        try:
            keeping = keeping or Keeping(settings, url, stop.wake)
            wait = keeping.look()
        except (StoreDown, Refused) as error:
            _log.warning("the store does not answer", error=str(error))
        except Exception:
            _log.exception("the keeper failed: it looks again")
        stop.wait(wait)
    if keeping:
        keeping.delivering.stop()
    return 0


class Keeping:
    """What the keeper does, over the store at a URL."""

    def __init__(self, settings: Settings, url: str, wake: Callable[[], None]) -> None:
        from engine.api.quotes import read_option  # here: gRPC must not be touched before a fork

        made = parts(url, settings)
        self.desk = made.desk
        prices = Prices(made.pricing, read_option, made.desk.documents)
        self.timed = Timed(Doing(made.desk, made.webhooks, Answers(made.desk, prices), Reminders(made.desk)))
        poster = Poster(settings.webhook_loopback, settings.webhook_ca or None)
        self.delivering = Delivering(made.webhooks, poster, wake=wake)

    def look(self) -> float:
        """Do what is due for every tenant; returns how many seconds nothing more will be."""
        documents, times = self.desk.documents, [_NEVER]
        tenants = documents.tenants()
        listening = self.timed.doing.webhooks.listening(tenants)
        for tenant, due, listens in zip(tenants, documents.next_dues(tenants), listening, strict=True):
            if due is not None and due <= self.desk.now():
                due = self.desk.now() if self.timed.work(tenant) == BATCH else None
            times.extend(one for one in (due, self.delivering.work(tenant) if listens else None) if one is not None)
        left = (min(times) - self.desk.now()) / 1_000_000
        return min(max(left, LEAST_SECONDS), LOOK_SECONDS)
