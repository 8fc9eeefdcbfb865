"""Documents that each tenant has one of, and that are as we say until somebody changes them: rules of routing, the pipeline, policies."""

from __future__ import annotations

from typing import TypeVar

from engine.lifecycle.document import Document
from engine.lifecycle.pipeline import PIPELINE, Pipeline
from engine.services.context import Context
from engine.services.desk import Desk, Work
from engine.services.refusal import Refused, needs_store

D = TypeVar("D", bound=Document)


def standing(work: Work, default: D, etag: str = "") -> D:
    """The document as the tenant has it, or the default, whose etag is 0.

    Raises:
        Refused: ABORTED, it has another etag than is said.
    """
    found = work.find(type(default), default.name) or default
    if etag and etag != str(found.etag):
        said = (
            f"{found.name} was changed since: its etag is {found.etag}, not {etag[:20]}. Get it again and decide anew"
        )
        raise Refused("ABORTED", "STALE_ETAG", said, "etag")
    return found


@needs_store
def shown(desk: Desk, context: Context, default: D) -> D:
    """As `standing`, for those who only read."""
    return desk.documents.get(context.tenant, type(default), default.name) or default


def pipeline_of(work: Work) -> Pipeline:
    """The pipeline; what is decided by it stands only while it is as it was read."""
    found = standing(work, PIPELINE)
    work.hold(found)
    return found
