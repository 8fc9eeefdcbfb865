"""The README and the pages of the service and of selling, run from top to bottom as a stranger would, and what they say is printed, printed.

Each block of commands runs in a fresh copy of what it names, against a real service once the page starts one. After a
change of what is printed, `DOCS=write pytest tests/docs/test_readme.py` writes the page's output anew: read the diff. Lines
`...` stand for any lines; an output that has them is corrected by hand. Run by hand: the Node.js client, for its modules come from a registry;
here its protos, method and fields are looked up.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from quotient.v1 import pricing_pb2
from tests.docs.pages import ROOT, Block, blocks
from tests.wire.service import Service

PAGES = ("README.md", "docs/SERVICE.md", "docs/SELLING.md", "docs/EVENTS.md")
"""Each runs by itself, in a place of its own."""
ADDRESS = "127.0.0.1:50051"
COPIED = ("Makefile", "proto", "rules", "tests/real")
PASSED_OVER = re.compile(r"<!-- ci: |npm ")
"""What this test cannot do: run all tests, which run it, and install from another registry."""


@pytest.mark.parametrize("name", PAGES)
def test_the_page_runs_and_prints_what_it_shows(name: str, tmp_path: Path) -> None:
    page = blocks(name)
    wrong = []
    with ExitStack() as stack:
        place = stack.enter_context(_place(tmp_path / "checkout"))
        for block, after in zip(page, [*page[1:], None], strict=True):
            if block.comment.startswith("file: "):
                (place.folder / block.comment.removeprefix("file: ")).write_text(place.here(block.text))
            elif block.language == "sh" and not PASSED_OVER.search(f"<!-- {block.comment} -->{block.text}"):
                printed, code = place.run(block.text, stack)
                if code != int(block.comment.removeprefix("fails: ") or 0):
                    wrong.append(f"{block} leaves with {code}:\n{printed}")
                if after is not None and after.comment == "output":
                    wrong += _compared(after, printed)
    assert wrong == []


class _Place:
    """A copy of the checkout to run commands in, and the service once it was started."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.address = folder, ADDRESS

    def here(self, text: str) -> str:
        """A text of the page with the address of our own service."""
        return text.replace(ADDRESS, self.address)

    def run(self, commands: str, stack: ExitStack) -> tuple[str, int]:
        """Run a block: what it prints, and the exit status of its last command."""
        started = re.fullmatch(r"((?:QUOTIENT_\w+=\S+ )*)make serve\n", commands)
        if started:
            settings = dict(one.split("=", 1) for one in started[1].split())
            service = stack.enter_context(Service(self.folder / "var", **settings))
            self.address = service.address
            return service.ready.replace(self.address, ADDRESS), 0
        script = self.here(re.sub(r"^make (\w+)$", r"make -o setup \1", commands, flags=re.MULTILINE))
        done = subprocess.run(
            ["bash", "-uo", "pipefail", "-c", script], cwd=self.folder, env=self._environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return done.stdout.replace(self.address, ADDRESS), done.returncode

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("QUOTIENT_", "COLUMNS"))}
        path = os.pathsep.join([str(self.folder / ".venv" / "bin"), kept["PATH"]])
        return kept | {"PATH": path, "QUOTIENT_SERVER": self.address, "NO_COLOR": "1"}


@contextmanager
def _place(folder: Path) -> Iterator[_Place]:
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    yield _Place(folder)


# ---------------------------------------------------------------- what is printed


def _compared(block: Block, printed: str) -> list[str]:
    """What is wrong with an output of the page; with DOCS=write the page is corrected instead."""
    found = "\n".join(line.rstrip() for line in printed.strip("\n").split("\n")) + "\n"
    printed_as_shown = re.fullmatch(_pattern(block.text), _steady(found))
    if printed_as_shown and list(printed_as_shown.groups()) == VERSION.findall(block.text):
        return []
    if os.environ.get("DOCS") == "write" and printed_as_shown:
        now = iter(printed_as_shown.groups())
        _write(block, VERSION.sub(lambda _: next(now), block.text))
        return []
    if os.environ.get("DOCS") == "write" and "\n...\n" not in f"\n{block.text}":
        _write(block, found)
        return []
    return [f"{block} shows\n{block.text}\nand it prints\n{found}"]


def _write(block: Block, found: str) -> None:
    path = ROOT / block.page
    shown, now = (f"<!-- output -->\n```text\n{text}```" for text in (block.text, found))
    path.write_text(path.read_text(encoding="utf-8").replace(shown, now, 1), encoding="utf-8")


VERSION = re.compile(r"\b[0-9a-f]{32}\b")
"""A book's: any change of it moves it, so DOCS=write corrects them beside lines `...` too."""


def _pattern(shown: str) -> str:
    """What a shown output stands for; its groups are the versions printed."""
    lines = (r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in _steady(shown).splitlines())
    return VERSION.sub(lambda _: f"({VERSION.pattern})", "".join(lines))


def _steady(text: str) -> str:
    """Without times, which differ."""
    return re.sub(r"\d+\.\d+ s\b", "TIME", text)


# ---------------------------------------------------------------- the client that is run by hand


def test_the_node_client_names_what_there_is() -> None:
    [block] = [block for block in blocks("docs/SERVICE.md") if block.language == "js"]
    [proto] = re.findall(r'loadSync\("([\w./]+)"', block.text)
    assert (ROOT / "proto" / proto).is_file()
    service = pricing_pb2.DESCRIPTOR.services_by_name["Pricing"]
    [method] = re.findall(r"\bpricing\.(?!close)(\w+)\(", block.text)
    assert method[0].upper() + method[1:] in service.methods_by_name
    sent = set(re.findall(r"^  (\w+):", block.text, re.MULTILINE)) | {"waterfall"}
    assert sent <= set(pricing_pb2.PriceQuoteRequest.DESCRIPTOR.fields_by_name)
    lines = set(re.findall(r"\bline\.(\w+)", block.text))
    assert lines <= {field.camelcase_name for field in pricing_pb2.PricedLine.DESCRIPTOR.fields}


@pytest.mark.parametrize(
    ("page", "language"), [("README.md", "python"), ("docs/SERVICE.md", "python"), ("docs/SERVICE.md", "js")]
)
def test_the_clients_ask_the_same(page: str, language: str) -> None:
    """The clients price the quote that the page explained: fifty seats, of the same customer on the same day."""
    [block] = [block for block in blocks(page) if block.language == language and "seat" in block.text]
    explained = next(b.text for b in blocks("README.md") if "quo explain" in b.text)
    facts = dict(re.findall(r'--set "?([\w.]+)=(\w+(?: months)?)', explained))
    assert len(facts) == 3
    assert dict(re.findall(r'"([a-z]+\.[a-z_]+)": "([^"]+)"', block.text)) == facts
    assert re.search(r"year\W+2026, month\W+5, day\W+4", block.text) and re.search(r"quantity\W+50", block.text)
