"""What the papers name is there: files and folders, headings, `make` targets, `quo` commands and options, settings, calls."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from engine.api.callers import SAID
from engine.api.server import SERVICES
from engine.cli.main import app
from tests.docs.pages import ROOT, blocks

PAPERS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "rules/*.md", "benchmarks/*.md")
    for path in ROOT.glob(pattern)
)
SOURCE = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "engine").rglob("*.py"))
_PATH = re.compile(r"[\w.]*\w[\w.*-]*(?:/[\w.*-]+)*/?")
_SUFFIXES = (".py", ".md", ".quo", ".csv", ".proto", ".toml", ".json", ".lark", ".txt")


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def spans(page: str) -> list[str]:
    """What stands between backticks in the prose of a page."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text_of(page), flags=re.MULTILINE | re.DOTALL))


def commands(page: str) -> list[str]:
    """Every line of a shell block, continued lines joined, and every span."""
    shell = "".join(block.text for block in blocks(page) if block.language in ("sh", "console"))
    indented = re.findall(r"^    ?(?:\$ )?((?:make|quo) .*)$", text_of(page), re.MULTILINE)
    return [*re.sub(r"\\\n\s*", "", shell).splitlines(), *spans(page), *indented]


# ---------------------------------------------------------------- files and headings


def slug(heading: str) -> str:
    """The anchor that a heading has."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("page", PAPERS)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        file, _, anchor = target.partition("#")
        path = (ROOT / page).parent / file if file else ROOT / page
        assert path.exists(), target
        if anchor:
            prose = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
            assert anchor in [slug(heading) for heading in re.findall(r"^#+ (.+)$", prose, re.MULTILINE)], target


@pytest.mark.parametrize("page", PAPERS)
def test_paths_are_there(page: str) -> None:
    """Paths from the top, from the page's folder, or within engine/; a page's own example files are its own."""
    written = "".join(block.text + block.comment for block in blocks(page))
    own = set(re.findall(r"[\w.-]+\.(?:csv|py|mjs|quo)", written))
    missing = [span for span in spans(page) if _is_path(span) and span not in own and not _is_there(span, page)]
    assert missing == []


def _is_path(span: str) -> bool:
    return (
        _PATH.fullmatch(span) is not None
        and span not in _SUFFIXES
        and (span.endswith((*_SUFFIXES, "/")) or span.split("/")[0] in TOP)
    )


TOP = {path.name for path in ROOT.iterdir() if path.is_dir()} | {path.name for path in (ROOT / "engine").iterdir()}


def _is_there(span: str, page: str) -> bool:
    starts = (ROOT, (ROOT / page).parent, ROOT / "engine")
    return any(list(start.glob(name)) for start in starts for name in (span.rstrip("/"), f"{span}.py"))


def test_paths_are_looked_for() -> None:
    """The page of architecture names many."""
    assert len([span for span in spans("docs/ARCHITECTURE.md") if _is_path(span)]) > 5


# ---------------------------------------------------------------- make, quo


def test_make_targets_are_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    named = {target for page in PAPERS for line in commands(page) for target in re.findall(r"^make ([a-z-]+)", line)}
    assert {"demo", "test", "serve", "setup", "bench", "check"} <= named <= targets


def test_quo_commands_and_options_are_there() -> None:
    root = typer.main.get_group(app)
    named = set()
    for page in PAPERS:
        for line in commands(page):
            for command, rest in re.findall(r"(?:^|[|;&] *)(?:\.venv/bin/)?quo ([a-z]+(?:-[a-z]+)*)(.*)", line):
                assert command in root.commands, f"{page}: {line}"
                known = {option for one in _parts(root.commands[command]) for p in one.params for option in p.opts}
                used = set(re.findall(r"(?<=\s)--?[a-z]+(?:-[a-z]+)*", re.sub(r"\"[^\"]*\"|'[^']*'", "", rest)))
                assert used <= known, f"{page}: {line}"
                named.add(command)
    assert named == set(root.commands)


def _parts(command: Any) -> Iterator[Any]:
    """A command, and those within it."""
    yield command
    yield from getattr(command, "commands", {}).values()


def test_a_shell_reads_every_block() -> None:
    for block in (block for page in PAPERS for block in blocks(page) if block.language == "sh"):
        done = subprocess.run(["bash", "-n"], input=block.text, text=True, capture_output=True)
        assert done.stderr == "", f"{block}"


# ---------------------------------------------------------------- the service


def test_settings_are_there_and_all_are_named() -> None:
    settings = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "engine" / "bootstrap").glob("*.py"))
    read = set(re.findall(r'"(QUOTIENT_\w+)"', settings))
    read |= set(re.findall(r'(?:envvar=|environ\.get\()"(QUOTIENT_\w+)"', SOURCE))
    named = {name for page in PAPERS for name in re.findall(r"QUOTIENT_\w+", text_of(page))}
    assert named == read and len(read) > 5


def test_metadata_is_read() -> None:
    named = {name for page in PAPERS for name in re.findall(r"x-quotient-[a-z]+", text_of(page))}
    assert named == {f"{SAID}{name}" for name in ("tenant", "principal", "role", "account", "groups")}
    read = (ROOT / "engine" / "api" / "callers.py").read_text(encoding="utf-8")
    assert all(f'said.get("{name.removeprefix(SAID)}"' in read for name in named)


def test_calls_and_services_are_there() -> None:
    services = {name: module.DESCRIPTOR.services_by_name[name] for name, (module, _) in SERVICES.items()}
    said = {span for page in PAPERS for span in spans(page)}
    assert set(services) <= said
    methods = {name for service in services.values() for name in service.methods_by_name}
    calls = {span for span in said if re.fullmatch(r"(?:Price|List|Get)[A-Z]\w+", span)}
    assert calls <= methods
    assert Path("proto/quotient/v1").as_posix() in text_of("README.md")
