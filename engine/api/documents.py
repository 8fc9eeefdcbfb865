"""What calls over documents have in common: the request id and what else was asked, masks of an update, pages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from engine.api.mapping import masked, to_message
from engine.lifecycle.document import Document
from engine.services.context import Context
from engine.services.desk import Call, Desk
from engine.services.selling.standing import shown

D = TypeVar("D", bound=Document)


def call_of(request: Any, etag: str | None = None) -> Call:
    """What was asked: an update has its etag in the document, other calls in the request."""
    bare = type(request)()
    bare.CopyFrom(request)
    bare.ClearField("request_id")
    said = bare.DESCRIPTOR.full_name.encode() + b"\0" + bare.SerializeToString(deterministic=True)
    own = getattr(request, "etag", "") if etag is None else etag
    return Call(request.request_id, hashlib.sha256(said).hexdigest(), own)


def edit_of(request: Any, field: str) -> Callable[[D], D]:
    """The change that an update asks for."""
    message, paths = getattr(request, field), tuple(request.update_mask.paths)
    return lambda before: masked(before, message, paths, field)


def page_of(
    desk: Desk, context: Context, request: Any, kind: type[Document], response: type[Message], field: str
) -> Any:
    """A page of documents, as a response has it in a field."""
    found, token = desk.page(context, kind, request.page_size, request.page_token, request.filter)
    answer: Any = response(next_page_token=token)
    message = getattr(answer, field)
    message.extend(to_message(one, _class_of(answer, field)) for one in found)
    return answer


def standing_of(desk: Desk, context: Context, default: Document, kind: type[Message]) -> Any:
    """A document that each tenant has one of; its etag is 0 where nobody has changed it."""
    found = shown(desk, context, default)
    answer: Any = to_message(found, kind)
    answer.etag = str(found.etag)
    return answer


def _class_of(answer: Any, field: str) -> Any:
    return GetMessageClass(answer.DESCRIPTOR.fields_by_name[field].message_type)
