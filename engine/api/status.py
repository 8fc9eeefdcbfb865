"""Turns refusals into google.rpc.Status with details that name the reason and the field."""

from __future__ import annotations

from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

from engine.services.refusal import Refused

DOMAIN = "quotient"


def status_of(refused: Refused) -> status_pb2.Status:
    """The status of a refusal: ErrorInfo always, BadRequest where a field is to be changed, RetryInfo where waiting helps."""
    info = error_details_pb2.ErrorInfo(reason=refused.reason, domain=DOMAIN, metadata=refused.details)
    details = [_packed(info)]
    if refused.field:
        violation = error_details_pb2.BadRequest.FieldViolation(field=refused.field, description=refused.message)
        details.append(_packed(error_details_pb2.BadRequest(field_violations=[violation])))
    if refused.again_seconds:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromMilliseconds(round(refused.again_seconds * 1_000))
        details.append(_packed(retry))
    return status_pb2.Status(code=code_pb2.Code.Value(refused.status), message=refused.message, details=details)


def _packed(message: object) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed
