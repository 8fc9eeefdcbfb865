"""Stores that a test starts by itself: servers on loopback, alone or as a cluster, and TLS in front of one."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import redis

from engine.store.embedded import find_server
from tests.simulation.service import eventually, free_port

SLOTS = 16_384


class Server:
    """A store process over a folder."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.options, self.port = folder, options, free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.start()

    def start(self) -> None:
        """Start it (again) and wait until it answers."""
        fixed = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder), "--save", ""]
        kept = ["--appendonly", "yes", "--logfile", str(self.folder / "log")]
        self.process = subprocess.Popen([str(find_server()), *fixed, *kept, *self.options])
        assert eventually(self.answers), (self.folder / "log").read_text()

    def answers(self) -> bool:
        """Whether it does."""
        with suppress(redis.RedisError):
            return bool(self.client().ping())
        return False

    def client(self) -> redis.Redis:
        """To ask it directly."""
        return redis.Redis(port=self.port)

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.wait()


@contextmanager
def server(folder: Path, *options: str) -> Iterator[Server]:
    """A store for the time of a test."""
    running = Server(folder, *options)
    try:
        yield running
    finally:
        running.kill()


@contextmanager
def cluster(folder: Path, nodes: int) -> Iterator[list[Server]]:
    """A cluster in which each node has its share of the slots."""
    with ExitStack() as stack:
        made = [
            stack.enter_context(server(folder / str(n), "--cluster-enabled", "yes", "--cluster-port", str(free_port())))
            for n in range(nodes)
        ]
        bounds = [SLOTS * n // nodes for n in range(nodes + 1)]
        for number, node in enumerate(made):
            bus = made[0].client().config_get("cluster-port")["cluster-port"]
            node.client().execute_command("CLUSTER", "ADDSLOTSRANGE", bounds[number], bounds[number + 1] - 1)
            node.client().execute_command("CLUSTER", "MEET", "127.0.0.1", made[0].port, bus)
        assert eventually(lambda: all(whole(node, nodes) for node in made)), "the nodes do not find each other"
        yield made


def whole(node: Server, nodes: int) -> bool:
    """Whether a node sees the cluster serve, with all its nodes."""
    said = node.client().cluster("INFO")
    return said["cluster_state"] == "ok" and int(said["cluster_known_nodes"]) == nodes


@contextmanager
def encrypted(port: int, folder: Path) -> Iterator[tuple[int, Path]]:
    """TLS in front of a port: (its own port, the certificate to trust)."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*made, *names, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_accept, args=(listening, context, port), daemon=True).start()
        yield listening.getsockname()[1], certificate


def _accept(listening: socket.socket, context: ssl.SSLContext, port: int) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_pass_on, args=(plain, context, port), daemon=True).start()


def _pass_on(plain: socket.socket, context: ssl.SSLContext, port: int) -> None:
    """One connection, both ways."""
    with (
        suppress(OSError),
        context.wrap_socket(plain, server_side=True) as outer,
        socket.create_connection(("127.0.0.1", port)) as inner,
    ):
        threading.Thread(target=_copy, args=(inner, outer), daemon=True).start()
        _copy(outer, inner)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
