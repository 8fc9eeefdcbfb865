"""Settles what a test expects that is no amount and no list of rules: times, the tax of a line, who agrees in which order.

Each is kept as the words of an answer, so that both are compared as they are read.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.lang import words
from engine.lang.book import Expectation
from engine.lang.draft import Draft
from engine.lang.durations import TIMES
from engine.lang.places import Span
from engine.lang.syntax import ApprovalBlock, Lit, Operand
from engine.lang.taxes import CATEGORIES
from engine.lang.types import literal
from engine.values.calendar import in_words
from engine.values.kinds import Kind

PERCENT = Kind("percent")
OF_TAX = ("tax_category", "tax_rate")
NEEDS = "needs"
"""`deep_discount.needs`: who agrees to what an approval asks for."""
IN_ORDER = "who agrees at once, and who then, such as `deal_desk and legal, then finance`"


def expected_time(draft: Draft, what: str, text: str, span: Span) -> Expectation | None:
    """`3 months and 10 days`."""
    parts = [_time(draft, what, part, span) for part in text.split(" and ")]
    return None if None in parts else Expectation(what, (" and ".join(str(part) for part in parts),), span)


def _time(draft: Draft, what: str, text: str, span: Span) -> str | None:
    number, _, word = text.partition(" ")
    size, unit = TIMES.get(word, (0, ""))
    if not size or not number.replace("_", "").isdecimal() or len(number) > 7:
        draft.report.add(words.term_expected(what, span))
        return None
    return in_words(int(number.replace("_", "")) * size, unit)


# ---------------------------------------------------------------- taxes


def expected_tax(draft: Draft, what: str, values: Sequence[Operand], span: Span) -> Expectation | None:
    """`S`, or `21%`."""
    rate = what.endswith("tax_rate")
    if len(values) != 1 or rate != isinstance(values[0], Lit):
        draft.report.add(words.expect_value(what, span, "a rate such as 21%" if rate else "a category such as S"))
        return None
    said = values[0]
    if isinstance(said, Lit):
        ticks = literal(draft, PERCENT, said, what)
        return None if ticks is None else Expectation(what, (PERCENT.show(ticks),), span)
    if said.text not in CATEGORIES:
        draft.report.add(words.tax_category(said.text, said.span, CATEGORIES))
        return None
    return Expectation(what, (said.text,), span)


# ---------------------------------------------------------------- who agrees


def in_order(stages: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Stages in words: who is asked at once has no order, and is named by the alphabet."""
    return tuple(("then " if number else "") + " and ".join(sorted(who)) for number, who in enumerate(stages))


def expected_needs(draft: Draft, what: str, values: Sequence[Operand], span: Span) -> Expectation | None:
    """`deal_desk and legal, then finance`; none where the approval is not asked for."""
    name = what.rpartition(".")[0]
    block = next((one for one in draft.of(ApprovalBlock) if one.name.text == name), None)
    if block is None:
        draft.unknown("approval", name, span, [each for kind, each in draft.places if kind == "approval"])
        return None
    known = sorted({word.text for needs in block.needs for stage in needs.stages for word in stage})
    stages = [_stage(draft, what, value, bool(number), known) for number, value in enumerate(values)]
    good = [stage for stage in stages if stage is not None]
    return Expectation(what, in_order(good), span) if len(good) == len(stages) else None


def _stage(draft: Draft, what: str, said: Operand, later: bool, known: list[str]) -> list[str] | None:
    if isinstance(said, Lit) or said.text.startswith("then ") != later:
        draft.report.add(words.expect_value(what, said.span, IN_ORDER))
        return None
    who = said.text.removeprefix("then ").split(" and ")
    strange = next((each for each in who if each not in known), None)
    if strange is not None:
        draft.unknown(f"approver of `{what.rpartition('.')[0]}`", strange, said.span, known)
        return None
    return list(dict.fromkeys(who))
