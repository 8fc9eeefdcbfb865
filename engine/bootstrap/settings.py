"""What the environment says of how the service runs; what cannot be is answered by one line that says what is allowed."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.bootstrap.security import LOOPBACK, Security, security_of
from engine.bootstrap.unstartable import Unstartable, number, one_of
from engine.services.context import Role
from engine.store.client import fault_of

MOST_WORKERS = 256


@dataclass(frozen=True)
class Settings:
    """How the service runs. All have defaults that run on a fresh machine.

    host                QUOTIENT_HOST: the address it listens on
    port                QUOTIENT_PORT: 0 takes a free one
    workers             QUOTIENT_WORKERS: processes; a core each where none is said
    data                QUOTIENT_DATA: the folder of plans, metrics and the store of our own
    rules               QUOTIENT_RULES: the folder whose books a first start publishes
    redis_url           QUOTIENT_REDIS_URL: redis://, rediss:// (TLS), redis+cluster://, rediss+cluster://, unix://; "": our own
    metrics_port        QUOTIENT_METRICS_PORT: Prometheus asks here, on loopback; 0: nowhere
    open_network        QUOTIENT_INSECURE_NETWORK=yes: listen beyond loopback without TLS or without authentication
    clock               QUOTIENT_CLOCK_FILE: a file that says the time, in seconds since the epoch, read at each question; for tests
    default_role        QUOTIENT_DEFAULT_ROLE: who a caller is that says no role: administrator on loopback, else storefront
    security            who is let in, and how channels are kept
    """

    host: str = "127.0.0.1"
    port: int = 50051
    workers: int = 1
    data: Path = Path("var")
    rules: Path = Path("rules")
    redis_url: str = ""
    metrics_port: int = 0
    open_network: bool = False
    default_role: Role = Role.STOREFRONT
    clock: Callable[[], float] = time.time
    security: Security = field(default_factory=Security)

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
        """Read them.

        Raises:
            Unstartable: one cannot be; the message names it and what is allowed.
        """
        host = environment.get("QUOTIENT_HOST", "127.0.0.1")
        open_network = one_of(environment, "QUOTIENT_INSECURE_NETWORK", ("", "yes")) == "yes"
        return Settings(
            host, number(environment, "QUOTIENT_PORT", 50051, 0, 65_535, " (0: a free one)"),
            number(environment, "QUOTIENT_WORKERS", default_workers(), 1, MOST_WORKERS),
            Path(environment.get("QUOTIENT_DATA", "var")).resolve(), _rules(environment), _url(environment),
            number(environment, "QUOTIENT_METRICS_PORT", 0, 0, 65_535, " (0: none)"), open_network,
            _role(environment, host in LOOPBACK), _clock(environment, host in LOOPBACK),
            security_of(environment, host, open_network),
        )  # fmt: skip


def default_workers() -> int:
    """A worker a core; one where the system does not balance a shared port (macOS)."""
    return min(len(os.sched_getaffinity(0)), MOST_WORKERS) if hasattr(os, "sched_getaffinity") else 1


def family_of(host: str) -> socket.AddressFamily:
    """The kind of socket for an address."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _role(environment: Mapping[str, str], loopback: bool) -> Role:
    """Beyond loopback nobody becomes an administrator by saying nothing."""
    allowed = tuple(role for role in Role if loopback or role is not Role.ADMINISTRATOR)
    default = Role.ADMINISTRATOR if loopback else Role.STOREFRONT
    return Role(one_of(environment, "QUOTIENT_DEFAULT_ROLE", allowed, default))


def _clock(environment: Mapping[str, str], loopback: bool) -> Callable[[], float]:
    """The system's clock, or one that is set by writing a file: simulations of months run in minutes so."""
    said = environment.get("QUOTIENT_CLOCK_FILE", "")
    if not said:
        return time.time
    if not loopback:
        raise Unstartable("QUOTIENT_CLOCK_FILE is for tests: leave it out where the service listens beyond loopback")

    def read() -> float:
        return float(Path(said).read_text())

    try:
        read()
    except (OSError, ValueError) as error:
        raise Unstartable(f"QUOTIENT_CLOCK_FILE is `{said}`: it must be a file with a number in it") from error
    return read


def _rules(environment: Mapping[str, str]) -> Path:
    said = environment.get("QUOTIENT_RULES")
    if said is not None and not Path(said).is_dir():
        raise Unstartable(f"QUOTIENT_RULES is `{said}`: it must be a folder of folders, one a book (it may be empty)")
    return Path(said) if said is not None else Path(__file__).parents[2] / "rules"


def _url(environment: Mapping[str, str]) -> str:
    url = environment.get("QUOTIENT_REDIS_URL", "")
    fault = fault_of(url) if url else ""
    if fault:
        raise Unstartable(f"QUOTIENT_REDIS_URL cannot be read: {fault}")
    return url
