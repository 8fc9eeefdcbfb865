"""quotient.v1.Comments and quotient.v1.History."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import BoundedSemaphore
from typing import Any

from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.message import Message

from engine.api.documents import call_of
from engine.api.mapping import from_message, to_message
from engine.lifecycle.comment import Comment
from engine.lifecycle.document import Document
from engine.services.commenting import Comments
from engine.services.context import Context
from engine.services.history import History
from engine.services.refusal import Refused
from quotient.v1 import (
    accounts_pb2,
    activities_pb2,
    approvals_pb2,
    approvers_pb2,
    books_pb2,
    identity_pb2,
    leads_pb2,
    opportunities_pb2,
    quotes_pb2,
)
from quotient.v1 import history_pb2 as pb

MESSAGES: Mapping[str, type[Message]] = {
    "accounts": accounts_pb2.Account,
    "entities": accounts_pb2.LegalEntity,
    "leads": leads_pb2.Lead,
    "routing": leads_pb2.Routing,
    "opportunities": opportunities_pb2.Opportunity,
    "pipelines": opportunities_pb2.Pipeline,
    "activities": activities_pb2.Activity,
    "quotes": quotes_pb2.Quote,
    "approvals": approvals_pb2.Approval,
    "keys": identity_pb2.ApiKey,
    "comments": pb.Comment,
    "groups": approvers_pb2.Group,
    "delegations": approvers_pb2.Delegation,
    "policies": books_pb2.BookPolicy,
}
"""How a document of each kind is said on the wire; a quote without its prices, which `GetQuote` has of each revision."""
MOST_EXPORTS = 1
"""An export holds a thread for as long as its caller reads."""
TURN_SECONDS = 1.0
"""How long one waits for its turn: the caller of the one before may have left a moment ago."""


class CommentsServicer:
    """quotient.v1.Comments."""

    def __init__(self, services: Any) -> None:
        self.comments = Comments(services.desk)

    def AddComment(self, context: Context, request: Any) -> Any:
        """Say something of a document."""
        comment = from_message(request.comment, Comment, "comment")
        return to_message(self.comments.add(context, call_of(request), comment), pb.Comment)

    def ListComments(self, context: Context, request: Any) -> Any:
        """What was said of one."""
        found, token = self.comments.page(context, request.parent, request.page_size, request.page_token)
        return pb.ListCommentsResponse(comments=[to_message(one, pb.Comment) for one in found], next_page_token=token)


class HistoryServicer:
    """quotient.v1.History."""

    def __init__(self, services: Any) -> None:
        self.history = History(services.desk, services.happened.outbox)
        self._exports = BoundedSemaphore(MOST_EXPORTS)

    def ListRevisions(self, context: Context, request: Any) -> Any:
        """What a document was."""
        found, token = self.history.revisions(context, request.name, request.page_size, request.page_token)
        return pb.ListRevisionsResponse(revisions=[_revision(one) for one in found], next_page_token=token)

    def ExportAudit(self, context: Context, request: Any) -> Iterator[Any]:
        """All that was changed."""
        if not self._exports.acquire(timeout=TURN_SECONDS):
            said = f"a worker makes {MOST_EXPORTS} export at a time: try again"
            raise Refused("RESOURCE_EXHAUSTED", "TOO_MANY_EXPORTS", said, again_seconds=1.0)
        try:
            for lines, cursor in self.history.trail(context, request.after):
                yield pb.ExportAuditResponse(lines=lines, cursor=cursor)
        finally:
            self._exports.release()


def _revision(document: Document) -> Any:
    packed = Packed()
    packed.Pack(to_message(document, MESSAGES[document.KIND]))
    revision = pb.Revision(etag=str(document.etag), by=document.updater, document=packed)
    revision.time.FromMicroseconds(document.update_time)
    return revision
