"""Every example of rule text on the pages: checked, laid out, its tests run; a wrong one gives exactly its mistakes."""

from __future__ import annotations

import pytest

from engine.cli.trial import failures_of, quote_of
from engine.configure.trials import unmet
from engine.lang import format_text
from engine.plan.lower import lower
from engine.pricing import price_quotes
from tests.docs.pages import IDLE, PAGES, Block, Example, blocks, examples

ALL = [example for page in PAGES for example in examples(page)]
RIGHT = [example for example in ALL if not any(code.startswith("E") for code in example.codes)]


@pytest.mark.parametrize("example", ALL, ids=str)
def test_an_example_says_what_it_is_there_to_show(example: Example) -> None:
    result = example.check()
    shown = "\n".join(diagnostic.render(result.sources) for diagnostic in result.diagnostics)
    found = [diagnostic.code for diagnostic in result.diagnostics if example.whole or diagnostic.code != IDLE]
    assert sorted(set(found)) == sorted(example.codes), shown or "nothing is wrong with it"


@pytest.mark.parametrize("example", RIGHT, ids=str)
def test_the_tests_of_an_example_hold(example: Example) -> None:
    book = example.check().book
    assert book is not None
    assert [one.expectation.text for test in book.configurations for one in unmet(book, test)] == []
    priced = price_quotes(lower(book), [quote_of(test) for test in book.tests], waterfall=True)
    for test, quote in zip(book.tests, priced, strict=True):
        assert [f"{f.test.name}: {f.expectation.what} is {f.got}" for f in failures_of(test, quote, book)] == []


@pytest.mark.parametrize("block", [b for p in PAGES for b in blocks(p) if b.language == "quo"], ids=str)
def test_an_example_is_laid_out_as_quo_fmt_would(block: Block) -> None:
    if "wrong" not in block.comment and "under" not in block.comment:
        assert format_text(block.text) == block.text


def test_there_are_many() -> None:
    assert len(ALL) > 50
