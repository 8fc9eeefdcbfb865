"""`quo audit-trail`: every change of a tenant, in order, from a running service into a file of JSON lines."""

from __future__ import annotations

import os
from pathlib import Path

from rich.markup import escape

from engine.cli.console import fail, out, plural
from engine.cli.reach import service_at
from quotient.v1 import history_pb2, history_pb2_grpc


def trail_command(to: Path, server: str, after: str) -> None:
    """Write the trail; the file appears whole, or not at all. Says the cursor to go on from another time."""
    draft = to.with_name(f".{to.name}.{os.getpid()}.part")
    events, cursor = 0, after
    try:
        with draft.open("wb") as file, service_at(server, "administrator") as (channel, who):
            stub = history_pb2_grpc.HistoryStub(channel)
            request = history_pb2.ExportAuditRequest(after=after)
            for answer in stub.ExportAudit(request, metadata=who):
                file.write(answer.lines)
                events += answer.lines.count(b"\n")
                cursor = answer.cursor
        os.replace(draft, to)
    except OSError as error:
        fail(str(error))
    finally:
        draft.unlink(missing_ok=True)
    out().print(f"{plural(events, 'event')} -> {escape(str(to))}")
    if cursor:
        out().print(f"go on with [bold]--after {cursor}[/]")
