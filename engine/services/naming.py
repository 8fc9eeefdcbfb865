"""Ids that callers choose. A chosen id tells whether it is taken, so only those choose one who may see whatever has it (AIP-133, AIP-211)."""

from __future__ import annotations

from engine.lifecycle.document import Document, id_in
from engine.services.context import Context
from engine.services.refusal import Refused


def named_by(context: Context, kind: type[Document], chosen: str, field: str) -> str:
    """The name of a new document that a caller chose the id of; "": it gets one.

    Raises:
        Refused: INVALID_ARGUMENT, it is no id; PERMISSION_DENIED, whether it is taken or not: the caller does not see what others have.
    """
    if not chosen:
        return ""
    id_in(f"{kind.KIND}/{chosen}", kind.KIND, field)
    if context.account:
        said = f"a caller who is bound to {context.account} chooses no ids: leave `{field}` empty, and one is made"
        raise Refused("PERMISSION_DENIED", "BOUND", said, field)
    return f"{kind.KIND}/{chosen}"
