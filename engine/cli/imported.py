"""`quo import-uvl`: a feature model in the UVL text form becomes a price book with a bundle of the same configurations."""

from __future__ import annotations

from pathlib import Path

from engine.cli.bundle import check_bundle, show
from engine.cli.console import FAULT_OF_BOOK, err, fail, plural
from engine.configure.domains import EXCLUDED, FORCED
from engine.configure.explain import Contradiction
from engine.configure.of_book import configured
from engine.configure.screen import Screen, on_screen
from engine.configure.solver import Undecided
from engine.lang.check import check
from engine.lang.uvl import FeatureModel, UvlError, read
from engine.lang.uvl_book import book_text, names_of

BUNDLE, FILE = "configured", "book.quo"


def import_command(source: Path, to: Path) -> None:
    """Write the book into a folder, unless it has one."""
    if (to / FILE).exists():
        fail(f"{to / FILE} is there already: name another folder with -o")
    try:
        model = read(source.read_text(encoding="utf-8"))
        text, left_out = book_of(model)
    except UvlError as error:
        fail(f"{source}:{error}" if error.line else f"{source}: {error}")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"cannot read {source}: {error}")
    if check_bundle({FILE: text.encode()}, quiet=True).book is None:
        fail(f"the feature model of {source} makes no book that checks", FAULT_OF_BOOK)
    try:
        to.mkdir(parents=True, exist_ok=True)
        (to / FILE).write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"cannot write {to / FILE}: {error.strerror}")
    features = sum(1 for _ in model.root.all())
    err().print(
        f"{plural(features, 'feature')} and {plural(len(model.constraints), 'constraint')} -> {to / FILE}, bundle `{BUNDLE}`"
        + (f"; {plural(left_out, 'feature')} can never be chosen and are left out" if left_out else ""),
        soft_wrap=True,
    )


def book_of(model: FeatureModel) -> tuple[str, int]:
    """The book of a feature model, and how many features it leaves out: those that can never be chosen.

    Raises:
        UvlError: it has no configuration, or an equation stands where no rule can say it.
    """
    text = book_text(model)
    checked = check({FILE: text.encode()})
    if checked.book is None:
        for diagnostic in checked.diagnostics:
            show(diagnostic, checked.sources)
        raise UvlError("it makes no book that checks")
    made = configured(checked.book, BUNDLE)
    names = {ours: theirs for theirs, ours in names_of(model).items()}
    try:
        states = on_screen(Screen(made.model, made.bounds), (), range(len(made.options))).states
    except Undecided:
        return text, 0  # what is never chosen is not known: the check says so
    except Contradiction as nothing:
        rules = "; ".join(reason.because or reason.plain for reason in made.behind() or ())
        raise UvlError(f"it has no configuration, for these together: {rules}") from nothing
    dead, core = (
        frozenset(names[option.name] for option, found in zip(made.options, states, strict=True) if found == state)
        for state in (EXCLUDED, FORCED)
    )
    return book_text(model, dead, core), len(dead)
