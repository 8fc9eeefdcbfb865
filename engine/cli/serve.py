"""`quo serve`: the service in the foreground, the same as `python server.py`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import engine
from engine.cli.console import fail


def server_file() -> Path:
    """Where server.py stands: beside the engine."""
    file = Path(engine.__file__).parent.parent / "server.py"
    if not file.is_file():
        fail(f"{file} is not there: run quo from a checkout")
    return file


def serve_command() -> None:
    """Become the service."""
    os.execv(sys.executable, [sys.executable, str(server_file())])
