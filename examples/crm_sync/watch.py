"""Keeps a CRM as Quotient is, by watching its events from where it left off.

    python examples/crm_sync/watch.py crm.sqlite --server 127.0.0.1:50051

Stop it whenever you like, and start it again: the bookmark lies in the CRM, written together with what it learnt.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import grpc
from crm import Crm
from google.protobuf.duration_pb2 import Duration
from quotient_api import Quotient, who

from quotient.v1 import events_pb2, events_pb2_grpc

AGAIN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.DEADLINE_EXCEEDED)


def follow(channel: grpc.Channel, crm: Crm) -> None:
    """Learn what happens until the connection ends; now and then, tell what was typed in."""
    quotient = Quotient(channel)
    request = events_pb2.WatchEventsRequest(
        after=crm.bookmark(), subject_kinds=sorted(quotient.getters), heartbeat=Duration(seconds=1)
    )
    for message in events_pb2_grpc.EventsStub(channel).WatchEvents(request, metadata=who()):
        known: Any = message.event.subject if message.HasField("event") else ""
        crm.learn(quotient.record(known) if known else None, bookmark=message.bookmark)
        if not known:
            tell(quotient, crm)


def tell(quotient: Quotient, crm: Crm) -> None:
    """Make accounts of the customers that were typed into the CRM."""
    for typed_id, display_name, country_code in crm.typed():
        crm.told(typed_id, quotient.add(typed_id, display_name, country_code))


def main() -> None:
    """Follow for ever; wait a moment where the service is away."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("crm", type=Path)
    parser.add_argument("--server", default="127.0.0.1:50051")
    asked = parser.parse_args()
    crm = Crm(asked.crm)
    while True:
        try:
            with grpc.insecure_channel(asked.server) as channel:
                follow(channel, crm)
        except grpc.RpcError as error:
            if error.code() not in AGAIN:
                raise
            time.sleep(1)


if __name__ == "__main__":
    main()
