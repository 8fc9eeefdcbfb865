"""Doubts about a whole book that is right: what can never happen, what happens against all sense, what nothing keeps up.

Each module finds one kind, in a settled draft without mistakes; the words are in `words.lints`. A doubt is only said where it is
proven: what a lint does not understand (a give, a condition, a way to combine that is not listed in it) it leaves alone.
"""

from engine.lang.draft import Draft
from engine.lang.lints.cliffs import find_cliffs
from engine.lang.lints.dead import find_dead
from engine.lang.lints.gaps import find_gaps
from engine.lang.lints.masked import find_masked
from engine.lang.lints.reach import find_broken_floors

LINTS = (find_dead, find_masked, find_cliffs, find_broken_floors, find_gaps)


def find_lints(draft: Draft) -> None:
    """Everything doubtful; nothing while there are mistakes, for these may be its cause."""
    for find in LINTS if not draft.report.failed else ():
        find(draft)
