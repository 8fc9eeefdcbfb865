"""The table of roles on the service's page is that of the code. `DOCS=write pytest tests/docs/test_roles.py` writes what each may anew."""

from __future__ import annotations

import os
import re

from engine.lifecycle.kinds import MACHINES
from engine.services.context import MAY, Role
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "SERVICE.md"
_TABLE = re.compile(
    r"(?<=<!-- roles -->\n\| role \| is \| may \| changes \|\n\| --- \| --- \| --- \| --- \|\n)(?:\|.*\n)*"
)


def row(role: Role, said: str) -> str:
    """A role as the page has it; `said` is the page's own: who that is."""
    acts = ", ".join(act for act, roles in MAY.items() if role in roles)
    nouns = ", ".join(noun for noun, one in MACHINES.items() if any(role in verb.roles for verb in one.verbs.values()))
    return f"| `{role}` | {said} | {acts} | {nouns} |\n"


def test_each_role_is_there_with_what_it_may() -> None:
    text = PAGE.read_text(encoding="utf-8")
    [table] = _TABLE.findall(text)
    said = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", table, re.MULTILINE))
    right = "".join(row(role, said[role]) for role in Role)
    if os.environ.get("DOCS") == "write":
        PAGE.write_text(_TABLE.sub(right, text), encoding="utf-8")
    assert table == right
