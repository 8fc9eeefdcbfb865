"""Another compiler counts the same: d4, where its wheel is installed. It runs in a process of its own, for it holds the interpreter and prints."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from engine.configure.domains import EXCLUDED, FORCED, domains
from tests.configuration.published import clauses_of, compiled

pytestmark = pytest.mark.skipif(find_spec("py_d4") is None, reason="d4Solver is not installed")
MODEL = Path(__file__).parent / "models" / "pcrichmond.json"
ASK = """
import json, sys, py_d4
clauses, options = json.load(sys.stdin)
found = py_d4.Solver(clauses, options).compile()
said = [bool(found.isSAT([literal])) for option in range(1, options + 1) for literal in (option, -option)]
json.dump([str(found.count([])), said], open(sys.argv[1], "w"))
"""


def test_d4_counts_the_same_and_leaves_the_same(tmp_path: Path) -> None:
    circuit = compiled(MODEL)
    variables, clauses = clauses_of(MODEL)
    asked = json.dumps([clauses, variables])
    command = [sys.executable, "-c", ASK, str(tmp_path / "said")]
    subprocess.run(command, input=asked, text=True, stdout=subprocess.DEVNULL, check=True, timeout=120)
    count, possible = json.loads((tmp_path / "said").read_text())
    assert int(count) == circuit.count
    states = domains(circuit, ())
    open_ = np.array(possible).reshape(-1, 2)[: len(states)]
    assert ((states == FORCED) == ~open_[:, 1]).all() and ((states == EXCLUDED) == ~open_[:, 0]).all()
