"""The service: settings -> bootstrap -> serve -> drain. `python server.py`, or `make serve`."""

import os
import sys


def main() -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status."""
    # Before anything is imported: numpy would start threads, which a process that forks must not have; structlog would
    # import rich for its tracebacks, which a start need not wait for.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
    from engine.bootstrap import Settings, Supervisor, Unstartable, log_to_stderr

    log_to_stderr()
    try:
        return Supervisor(Settings.from_environment()).run()
    except Unstartable as why:
        print(f"quotient: {why}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
