"""Keeps a CRM as Quotient is, by a webhook: verifies each delivery, then gets the document that it tells of.

    QUOTIENT_WEBHOOK_SECRET=whsec_... python examples/crm_sync/receive.py crm.sqlite --port 8080

It speaks plain HTTP: put what ends TLS for you before it. An answer other than 2xx has the delivery tried again.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import os
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import grpc
from crm import Crm
from quotient_api import Quotient

TOLERANCE = 5 * 60
"""A delivery that is older was recorded and is played back. Each attempt has a time of its own."""
MOST = 64 * 1024


def verified(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether Quotient sent this, and just now (Standard Webhooks)."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        if abs(now - int(headers["webhook-timestamp"])) > TOLERANCE:
            return False
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    except (KeyError, ValueError, binascii.Error):
        return False
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(wanted, one) for one in headers.get("webhook-signature", "").split(" "))


def handler(secret: str, crm: Crm, quotient: Quotient) -> type[BaseHTTPRequestHandler]:
    """What answers posts."""

    class Receive(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length) if 0 < length <= MOST else b""
            self.send_response(self._received({k.lower(): v for k, v in self.headers.items()}, body))
            self.end_headers()

        def _received(self, headers: Mapping[str, str], body: bytes) -> int:
            if not verified(secret, headers, body, time.time()):
                return 401
            if not crm.has_seen(headers["webhook-id"]):
                subject = str(json.loads(body)["subject"])
                known = subject.partition("/")[0] in quotient.getters
                try:
                    crm.learn(quotient.record(subject) if known else None, seen=headers["webhook-id"])
                except grpc.RpcError:
                    return 503
            return 204

    return Receive


def main() -> None:
    """Receive for ever."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("crm", type=Path)
    parser.add_argument("--server", default="127.0.0.1:50051")
    parser.add_argument("--port", type=int, default=8080)
    asked = parser.parse_args()
    with grpc.insecure_channel(asked.server) as channel:
        receive = handler(os.environ["QUOTIENT_WEBHOOK_SECRET"], Crm(asked.crm), Quotient(channel))
        with HTTPServer(("127.0.0.1", asked.port), receive) as server:
            print(f"receiving on port {server.server_address[1]}", flush=True)
            server.serve_forever()


if __name__ == "__main__":
    main()
