"""Tables of allowed combinations: each column is a part or an attribute, each row what they may be together.

allowed because "Tested together"
| cpu      | board       | memory  |
| ryzen_7  | b650, x670  | 2 to 4  |
| xeon_w   | *           | 4       |
"""

from __future__ import annotations

from engine.lang import words
from engine.lang.configurable import NONE, Allowed, Counts, Has, Holds, Known, Lacks, Some
from engine.lang.draft import Sheet
from engine.lang.factual import fact_cell
from engine.lang.places import Span
from engine.lang.scopes import Scope, Thing
from engine.lang.sheets import inline, load
from engine.lang.syntax import Choice, Word
from engine.values.kinds import Kind

NUMBER = Kind("number")
ANY = ("*", "")
FLAGS = ("yes", "no")


def allowed(scope: Scope, said: Choice) -> Allowed | None:
    """The table of a rule; None where something in it is wrong (and said)."""
    draft = scope.draft
    sheet: Sheet | None = load(draft, said.file) if said.file else inline(draft, said.cells) if said.cells else None
    if sheet is None:
        return None
    columns = [_column(scope, Word(head, _head_span(said, at))) for at, head in enumerate(sheet.head)]
    if not sheet.rows:
        draft.report.add(words.missing_clause("this table has no rows", said.span, "write what is allowed, a row each"))
    things = [thing for thing in columns if thing is not None]
    if len(things) < len(columns) or not sheet.rows:
        return None
    rows = [[_cell(scope, sheet, row, at, thing) for at, thing in enumerate(things)] for row in range(len(sheet.rows))]
    if not all(good for row in rows for good, _ in row):
        return None
    return Allowed(tuple(thing.path for thing in things), tuple(tuple(cell for _, cell in row) for row in rows))


def _head_span(said: Choice, at: int) -> Span:
    if said.cells is not None and said.file is None:
        return said.cells.head[at].span
    return said.file.span if said.file else said.span


def _column(scope: Scope, head: Word) -> Thing | None:
    look = scope.fact(head.text)
    if look is not None:
        return Thing(head.text, look=look)
    thing = scope.find(head)
    if thing is not None and thing.part is not None and thing.member is None and thing.part.high > 1:
        scope.draft.report.add(words.not_a_column(head.text, "several things may be chosen of it", head.span))
        return None
    return thing


def _cell(scope: Scope, sheet: Sheet, row: int, at: int, thing: Thing) -> tuple[bool, Holds | None]:
    """What a cell allows, and whether it could be read."""
    text = sheet.rows[row][at]
    if text in ANY:
        return True, None
    found = [_value(scope, thing, each.strip()) for each in text.split(",")]
    good = tuple(each for each in found if each is not None)
    if len(good) < len(found):
        span = sheet.cell_span(row, at)
        odd = next(each.strip() for each, one in zip(text.split(","), found, strict=True) if one is None)
        near = scope.draft.report.near(odd, _words(thing)) if _words(thing) else None
        scope.draft.report.add(words.no_value(thing.path, odd, _may_be(thing), near, span))
        return False, None
    return True, good[0] if len(good) == 1 else Some(good)


def _words(thing: Thing) -> tuple[str, ...]:
    if thing.look is not None:
        return thing.look.kind.values
    if thing.attribute is None and thing.numbers is not None and thing.numbers.count == 1:
        return FLAGS
    return () if thing.numbers is not None else thing.values


def _may_be(thing: Thing) -> str:
    if thing.look is not None:
        return words.listed(thing.look.kind.values) or f"a {thing.look.kind.name}"
    numbers = thing.numbers
    if numbers is None or numbers.count == 1:
        return words.listed((*_words(thing), *([NONE] if thing.part is not None and thing.part.low == 0 else [])))
    return str(numbers)


def _value(scope: Scope, thing: Thing, text: str) -> Holds | None:
    """`b650`, `none`, `2 to 4`; None where it is no such thing."""
    if thing.look is not None:
        unknown = text == NONE and thing.look.optional
        return Lacks(Known(thing.path)) if unknown else fact_cell(thing.path, thing.look.kind, text)
    counted = thing.part is not None and thing.numbers is not None
    whole: Holds = Counts(thing.path, 1, None) if counted else Has(thing.of, frozenset(thing.values))
    if text == NONE and (thing.part is not None or (thing.attribute is not None and thing.attribute.asked)):
        return Lacks(whole)
    numbers = thing.numbers
    if numbers is None:
        return Has(thing.of, frozenset((text,))) if text in thing.values else None
    if thing.part is not None and text in FLAGS:
        return whole if text == "yes" else Lacks(whole)
    low, _, high = text.partition(" to ")
    try:
        ticks = [int(NUMBER.parse(each)) for each in (low, high or low)]
    except ValueError:
        return None
    inside = all(numbers.low <= tick <= numbers.high for tick in ticks)
    return Counts(thing.path, *ticks) if inside and ticks[0] <= ticks[1] else None
