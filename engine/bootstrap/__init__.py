"""Picks the concrete parts, and keeps the service's processes running.

supervisor   the store, the books of rules/ on a first start, then a worker a core; starts again what dies
  worker     a gRPC server on the one port (SO_REUSEPORT), pinned to its core, with its own mapped plans
  metrics    what all workers have counted, for Prometheus

This package's head imports little: a wrong setting is answered at once, and the store starts while the rest is imported.
"""

from engine.bootstrap.logs import log_to_stderr
from engine.bootstrap.settings import Settings
from engine.bootstrap.supervisor import Supervisor
from engine.bootstrap.unstartable import Unstartable

__all__ = ["Settings", "Supervisor", "Unstartable", "log_to_stderr"]
