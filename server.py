"""The service: settings -> bootstrap -> serve -> drain. `python server.py`, or `make serve`."""

import sys

from engine.bootstrap import Settings, Supervisor, log_to_stderr


def main() -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status."""
    log_to_stderr()
    return Supervisor(Settings.from_environment()).run()


if __name__ == "__main__":
    sys.exit(main())
