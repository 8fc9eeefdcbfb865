"""Comments on documents of every kind."""

from __future__ import annotations

from engine.lifecycle.comment import Comment
from engine.lifecycle.kinds import account_of, kind_of
from engine.lifecycle.lead import Lead, LeadStatus
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work
from engine.services.history import read_by
from engine.services.refusal import Refused


class Comments:
    """What people say of documents."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def add(self, context: Context, call: Call, comment: Comment) -> Comment:
        """Say something of a document that is there."""
        context.require("comment")
        context.require(read_by(comment.parent))
        return self.desk.change(context, call, Comment, lambda work: said_of(work, comment))

    def page(self, context: Context, parent: str, size: int, token: str) -> tuple[list[Comment], str]:
        """A page of what was said of a document, the newest first."""
        context.require(read_by(parent))
        self.desk.get(context, kind_of(parent, "parent"), parent, "parent")
        return self.desk.page(context, Comment, size, token, also=[("parent", parent)])


def said_of(work: Work, comment: Comment) -> Comment:
    """Save a comment on a document; part of a work that may do more."""
    if not comment.text.strip():
        raise Refused("INVALID_ARGUMENT", "REQUIRED", "a comment says something", "comment.text")
    parent = work.load(kind_of(comment.parent, "comment.parent"), comment.parent, field="comment.parent")
    if isinstance(parent, Lead):  # it has an account that says so only once it is qualified
        if parent.status is LeadStatus.ERASED:
            said = f"{parent.name} is ERASED: nothing is said of it any more"
            raise Refused("FAILED_PRECONDITION", "STATUS", said, "comment.parent", {"status": parent.status})
        work.hold(parent)
    made = Comment(
        parent=parent.name,
        account=account_of(parent),
        text=comment.text,
        visible_to_customer=comment.visible_to_customer,
    )
    return work.save(made, "CommentAdded", parent=parent.name)
