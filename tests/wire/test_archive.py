"""`quo archive-trail` beside a service that serves: the file is what an export was, and whoever asks for what is gone is told where to begin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from quotient.v1 import events_pb2 as pb
from quotient.v1 import events_pb2_grpc, history_pb2, history_pb2_grpc
from tests.wire.methods import reason_of
from tests.wire.selling import ADMIN, SELLER, Parties
from tests.wire.service import Service
from tests.wire.test_backup import quo

pytestmark = pytest.mark.service


def out_of_range(call: Callable[[], Any], last: str) -> None:
    with pytest.raises(grpc.RpcError) as error:
        call()
    assert error.value.code() is grpc.StatusCode.OUT_OF_RANGE and reason_of(error.value) == "EVENTS_ARCHIVED"  # type: ignore[union-attr]
    assert f"begin after {last}" in error.value.details()  # type: ignore[union-attr]
    assert last.encode() in dict(error.value.trailing_metadata())["grpc-status-details-bin"]  # type: ignore[union-attr]


def test_a_trail_is_archived_beside_a_service_that_serves(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "trail.jsonl"
    with Service(data, workers=1) as service, service.channel() as channel:
        parties, events = Parties(channel), events_pb2_grpc.EventsStub(channel)
        hooks, history = events_pb2_grpc.WebhooksStub(channel), history_pb2_grpc.HistoryStub(channel)

        def exported(after: str = "") -> list[Any]:
            return list(history.ExportAudit(history_pb2.ExportAuditRequest(after=after), metadata=ADMIN, timeout=20))

        def watched(after: str) -> Any:
            return events.WatchEvents(pb.WatchEventsRequest(after=after), metadata=SELLER, timeout=20)

        def listed(token: str = "") -> list[Any]:
            return list(events.ListEvents(pb.ListEventsRequest(page_token=token), metadata=SELLER, timeout=20).events)

        parties.make(account_id="acme")
        hook = hooks.CreateWebhook(
            pb.CreateWebhookRequest(webhook=pb.Webhook(url="https://example.com/")), metadata=ADMIN
        ).webhook
        hooks.PauseWebhook(pb.PauseWebhookRequest(name=hook.name), metadata=ADMIN)
        told, first = exported(), listed()[0].id
        last = told[-1].cursor
        held = quo(data, "archive-trail", str(file), "--before", "2999-01-01")
        assert held.returncode == 2 and f"{hook.name} has not delivered all" in held.stderr and not file.exists()
        hooks.DisableWebhook(pb.DisableWebhookRequest(name=hook.name), metadata=ADMIN)
        told = exported()
        last = told[-1].cursor

        none = quo(data, "archive-trail", str(file), "--before", "2020-01-01")
        assert none.returncode == 0 and "keeps nothing from before" in none.stderr and not file.exists()
        wrong = quo(data, "archive-trail", str(file), "--before", "then")
        assert wrong.returncode == 2 and "2026-01-31" in wrong.stderr
        done = quo(data, "archive-trail", str(file), "--before", "2999-01-01T00:00:00Z")
        assert done.returncode == 0 and f"what comes after {last}" in done.stderr, done.stderr
        assert file.read_bytes() == b"".join(one.lines for one in told)

        enable = pb.EnableWebhookRequest(name=hook.name, after=first)
        for call in (
            listed, lambda: listed(first), lambda: list(watched("0")), lambda: list(watched(first)), exported, lambda: exported(first),
            lambda: hooks.EnableWebhook(enable, metadata=ADMIN),
        ):  # fmt: skip
            out_of_range(call, last)
        (archived,) = listed(last)
        assert (archived.type, archived.data["last"]) == ("TrailArchived", last)
        stream = watched(last)
        next(stream)
        assert next(stream).event == archived
        made = parties.make(account_id="globex")
        assert next(stream).event.subject == made.name
        stream.cancel()
        assert [one.lines.count(b"\n") for one in exported(last)] == [2]
        hooks.EnableWebhook(pb.EnableWebhookRequest(name=hook.name, after=last), metadata=ADMIN)
