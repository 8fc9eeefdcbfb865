"""A checked book: every name settled, every literal a number, nothing left to look up.

This is what `check` returns and what `plan` starts from; `pricing.interpret` gives it meaning. Products, steps and facts
are named by their index in the book's tuples. Amounts are exact `Fraction`s of micro-units (10^-6 of the currency);
percents are `Fraction`s of one (10% is 1/10). Ordered values in conditions are ticks (`values.kinds`).

Each family of it has a module. Readers write `b.Percent` and need not know the family.
"""

from engine.lang.book.approvals import *
from engine.lang.book.book import *
from engine.lang.book.conditions import *
from engine.lang.book.facts import *
from engine.lang.book.gives import *
from engine.lang.book.prices import *
from engine.lang.book.products import *
from engine.lang.book.rules import *
from engine.lang.book.steps import *
from engine.lang.book.tests import *
