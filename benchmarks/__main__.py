"""`make bench`: measures everything, writes results.json ({name: {figure, goal, better, command}}) and the table in README.md.

python -m benchmarks                 all, then pytest-benchmark's absolute times
python -m benchmarks peers rules     these only; the other rows stay as they are
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.figures import Figure

HERE = Path(__file__).parent
RESULTS, TABLE = HERE / "results.json", HERE / "README.md"
SCENARIOS = {
    "peers": "benchmarks.engine_peers",
    "adventureworks": "benchmarks.engine_adventureworks",
    "rules": "benchmarks.engine_rules",
    "methods": "benchmarks.engine_methods",
    "across": "benchmarks.engine_across",
    "check": "benchmarks.engine_check",
    "configure": "benchmarks.engine_configure",
    "identity": "benchmarks.engine_identity",
    "service": "benchmarks.service_load",
    "clicks": "benchmarks.configure_load",
    "start": "benchmarks.service_start",
}
BEGIN, END = "<!-- figures -->\n", "<!-- /figures -->\n"


def main(wanted: list[str]) -> int:
    """Measure the scenarios wanted, each in a process of its own; returns the exit code."""
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    failed = []
    for name in wanted or SCENARIOS:
        done = subprocess.run([sys.executable, "-m", "benchmarks", "--one", name], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            failed.append(name)
            continue
        known.update(json.loads(done.stdout.splitlines()[-1]))
    RESULTS.write_text(json.dumps(known, indent=2) + "\n")
    _write_table(known)
    if not wanted:
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "benchmarks/absolute.py"], check=True
        )
    for name in failed:
        print(f"benchmarks: {name} failed; its rows are as they were", file=sys.stderr)
    return bool(failed)


def one(name: str) -> None:
    """Measure one scenario and print its figures as one line of JSON."""
    figures: list[Figure] = import_module(SCENARIOS[name]).measure(f"python -m benchmarks {name}")
    for figure in figures:
        mark = "   " if figure.goal is None else "ok " if figure.met else "NOT"
        print(f"{mark} {figure.name} {_number(figure.figure)} ({figure.note})", file=sys.stderr)
    print(json.dumps({f.name: _entry(f) for f in figures}))


def _entry(figure: Figure) -> dict[str, object]:
    shown = {"figure": float(_number(figure.figure)), "goal": figure.goal, "better": figure.better}
    return {**shown, "command": figure.command, "note": figure.note}


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _write_table(known: dict[str, dict[str, object]]) -> None:
    rows = ["| figure | measured | goal | command | made of |", "| --- | --: | --: | --- | --- |"]
    for name, entry in known.items():
        sign = "<=" if entry["better"] == "lower" else ">="
        goal = "" if entry["goal"] is None else f"{sign} {entry['goal']}"
        rows.append(f"| {name} | {entry['figure']} | {goal} | `{entry['command']}` | {entry['note']} |")
    text = TABLE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    TABLE.write_text(before + BEGIN + "\n" + "\n".join(rows) + "\n\n" + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2])
    else:
        sys.exit(main(sys.argv[1:]))
