"""The tables of statuses and verbs on the pages are those of the code. `DOCS=write pytest tests/docs/test_transitions.py` writes them anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from engine.lifecycle.kinds import MACHINES
from tests.docs.pages import ROOT

PAGES = sorted((ROOT / "docs").glob("*.md"))
_TABLE = re.compile(r"<!-- transitions: (?P<noun>[a-z ]+) -->\n(?P<table>(?:\|.*\n)*)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_tables_are_those_of_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    right = _TABLE.sub(lambda found: f"<!-- transitions: {found['noun']} -->\n{MACHINES[found['noun']].table()}", text)
    if os.environ.get("DOCS") == "write":
        page.write_text(right, encoding="utf-8")
    assert text == right


@pytest.mark.parametrize("noun", MACHINES)
def test_every_table_is_there(noun: str) -> None:
    found = [one["noun"] for page in PAGES for one in _TABLE.finditer(page.read_text(encoding="utf-8"))]
    assert found.count(noun) == 1


def test_a_table_says_each_way_of_each_verb() -> None:
    for machine in MACHINES.values():
        rows = [line.strip("| ").split(" | ") for line in machine.table().splitlines()[2:]]
        said = {
            (source, verb, source if to == "the same" else to, roles)
            for verb, sources, to, roles in rows
            for source in sources.split(", ")
            if source != "-"
        }
        assert said == set(machine.rows())
