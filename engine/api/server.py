"""Builds the gRPC server of one worker: handlers from the descriptors, health, reflection, limits."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent import futures
from typing import Any

import grpc
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from engine.api.activities import ActivitiesServicer
from engine.api.approvals import ApprovalsServicer
from engine.api.approvers import ApproverGroupsServicer, DelegationsServicer
from engine.api.callers import Callers
from engine.api.calls import streaming, unary
from engine.api.configuring import ConfigurationServicer
from engine.api.events import EventsServicer
from engine.api.history import CommentsServicer, HistoryServicer
from engine.api.identity import IdentityServicer
from engine.api.leads import LeadsServicer
from engine.api.offers import OffersServicer
from engine.api.opportunities import OpportunitiesServicer
from engine.api.parties import AccountsServicer, LegalEntitiesServicer
from engine.api.quotes import QuotesServicer
from engine.api.servicers import BooksServicer, CatalogServicer, PricingServicer, Services
from engine.api.webhooks import WebhooksServicer
from quotient.v1 import (
    accounts_pb2,
    activities_pb2,
    approvals_pb2,
    approvers_pb2,
    books_pb2,
    catalog_pb2,
    configuration_pb2,
    events_pb2,
    history_pb2,
    identity_pb2,
    leads_pb2,
    offers_pb2,
    opportunities_pb2,
    pricing_pb2,
    quotes_pb2,
)

THREADS = 9
MOST_MESSAGE = 8 * 2**20
SERVICES = {
    "Pricing": (pricing_pb2, PricingServicer),
    "Books": (books_pb2, BooksServicer),
    "Catalog": (catalog_pb2, CatalogServicer),
    "Configuration": (configuration_pb2, ConfigurationServicer),
    "Identity": (identity_pb2, IdentityServicer),
    "Accounts": (accounts_pb2, AccountsServicer),
    "LegalEntities": (accounts_pb2, LegalEntitiesServicer),
    "Events": (events_pb2, EventsServicer),
    "Webhooks": (events_pb2, WebhooksServicer),
    "Quotes": (quotes_pb2, QuotesServicer),
    "Approvals": (approvals_pb2, ApprovalsServicer),
    "ApproverGroups": (approvers_pb2, ApproverGroupsServicer),
    "Delegations": (approvers_pb2, DelegationsServicer),
    "Offers": (offers_pb2, OffersServicer),
    "Leads": (leads_pb2, LeadsServicer),
    "Opportunities": (opportunities_pb2, OpportunitiesServicer),
    "Activities": (activities_pb2, ActivitiesServicer),
    "Comments": (history_pb2, CommentsServicer),
    "History": (history_pb2, HistoryServicer),
}


def build_server(
    services: Services, address: str, callers: Callers, credentials: grpc.ServerCredentials | None = None
) -> tuple[grpc.Server, health.HealthServicer]:
    """A server that listens at an address (by TLS where it has credentials), not yet started; its health is NOT_SERVING until the
    caller says otherwise. Health and reflection ask nobody who they are.

    Raises:
        RuntimeError: the address cannot be had.
    """
    server = grpc.server(
        futures.ThreadPoolExecutor(THREADS),
        options=[
            ("grpc.so_reuseport", 1), ("grpc.max_receive_message_length", MOST_MESSAGE),
            ("grpc.max_metadata_size", 16 * 1024), ("grpc.max_concurrent_streams", 1_000),
            # a client that vanished must not hold a stream's thread for ever
            ("grpc.keepalive_time_ms", 60_000), ("grpc.keepalive_timeout_ms", 20_000),
        ],
    )  # fmt: skip
    names = [_add(server, name, module, servicer(services), callers) for name, (module, servicer) in SERVICES.items()]
    status = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(status, server)
    for name in ("", *names):
        status.set(name, health_pb2.HealthCheckResponse.NOT_SERVING)
    reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
    port = server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)
    if port == 0:
        raise RuntimeError(f"{address} cannot be had")
    return server, status


def serving(status: health.HealthServicer) -> None:
    """Say that every service serves."""
    for name in ("", *(f"quotient.v1.{one}" for one in SERVICES)):
        status.set(name, health_pb2.HealthCheckResponse.SERVING)


def _add(server: grpc.Server, name: str, module: Any, servicer: Any, callers: Callers) -> str:
    service = module.DESCRIPTOR.services_by_name[name]
    raw: frozenset[str] = getattr(servicer, "RAW", frozenset())
    threads: Mapping[str, futures.ThreadPoolExecutor] = getattr(servicer, "THREADS", {})
    taken: Mapping[str, float] = getattr(servicer, "TAKEN_WITHIN", {})
    handlers = {}
    for one in service.methods:
        work = getattr(servicer, one.name)
        call: Any = unary(one.name, work, callers)
        if one.server_streaming:
            call = streaming(one.name, work, callers, taken.get(one.name))
        if one.name in threads:
            call.experimental_thread_pool = threads[one.name]  # gRPC's own name for it
        handlers[one.name] = _handler(one, call, one.name in raw)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service.full_name, handlers)])
    return str(service.full_name)


def _handler(method: Any, call: Any, raw: bool) -> grpc.RpcMethodHandler[Any, Any]:
    request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    kinds = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }
    make: Any = kinds[method.client_streaming, method.server_streaming]
    return make(call) if raw else make(call, request.FromString, response.SerializeToString)  # type: ignore[no-any-return]
