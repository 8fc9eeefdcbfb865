"""Request ids, by which a retry is told from another request: each caller has their own.

They can be guessed, and whoever has a link to a quote, or fills in a form, says one. If a tenant had one set of them, anybody could take the
id that a seller is about to use, and nothing would be done for the seller.
"""

from __future__ import annotations

import hashlib
import json
import uuid

from engine.services.context import Context
from engine.services.refusal import Refused
from engine.values.identity import ID


def checked_request(request_id: str) -> str:
    """The caller's request id, or one of our own: then a retry is the caller's to make sense of.

    Raises:
        Refused: INVALID_ARGUMENT, it is none.
    """
    if request_id and not ID.match(request_id):
        said = "a request id is 1 to 63 of a-z, 0-9 and -"
        raise Refused("INVALID_ARGUMENT", "INVALID_REQUEST_ID", said, "request_id")
    return request_id or uuid.uuid4().hex


def kept_as(context: Context, request_id: str) -> str:
    """What a request id is kept under: the caller (a link is one, for each version of a quote), as a hash, for anybody may have any name."""
    who = json.dumps([context.principal, context.document]).encode()
    return f"{hashlib.sha256(who).hexdigest()[:32]}:{request_id}"
