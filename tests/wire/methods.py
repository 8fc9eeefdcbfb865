"""Every call by its name, and one way to ask any of them; see `walk`."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import status_pb2

from engine.api.server import SERVICES
from tests.wire import walk

METHODS: dict[str, MethodDescriptor] = {
    walk.short(method): method
    for name, (module, _) in SERVICES.items()
    for method in module.DESCRIPTOR.services_by_name[name].methods
}


def request_of(name: str, /, **said: Any) -> Any:
    """A request of a call."""
    return GetMessageClass(METHODS[name].input_type)(**said)


def changes(name: str) -> bool:
    """Whether a call changes something: it has a request id then."""
    return "request_id" in METHODS[name].input_type.fields_by_name


def ask(channel: grpc.Channel, name: str, request: Any, metadata: Any = (), seconds: float = 60.0) -> Any:
    """Call it. Of what streams in, `request` is all of it; of what streams out, the first answer is returned."""
    method = METHODS[name]
    sends, receives = method.client_streaming, method.server_streaming
    kind = f"{'stream' if sends else 'unary'}_{'stream' if receives else 'unary'}"
    answer = GetMessageClass(method.output_type).FromString
    path = f"/{method.containing_service.full_name}/{method.name}"
    call = getattr(channel, kind)(path, lambda sent: sent.SerializeToString(), answer)
    given = request if not sends else iter(request if isinstance(request, list) else [request])
    got = call(given, metadata=metadata, timeout=seconds)
    if not receives:
        return got
    first = next(iter(got), None)
    got.cancel()  # what is left open holds a thread of the worker
    return first


def reason_of(error: grpc.RpcError) -> str:
    """The stable reason of a refusal; "" where it has none."""
    details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")  # type: ignore[attr-defined]
    return walk.reason_of(status_pb2.Status.FromString(details))


def refusal(channel: grpc.Channel, name: str, request: Message | list[Any], metadata: Any = ()) -> str:
    """The code by which a call is refused; "OK" where it is not."""
    try:
        ask(channel, name, request, metadata)
    except grpc.RpcError as error:
        return str(error.code().name)
    return "OK"
