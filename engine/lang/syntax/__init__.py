"""The tree a parser makes of rule text: what was written and where, nothing looked up yet.

A file is a tuple of blocks in the order written. Every node carries its `Span`. Names, paths and numbers are still text
(`Word`); `names`, `types` and `tables` settle them into a `book.Book`. `format` prints blocks from their tokens, not from
this tree, so comments survive.

Each family of blocks and clauses has a module. Readers write `s.RuleBlock` and need not know the family.
"""

from engine.lang.syntax.amounts import *
from engine.lang.syntax.block import *
from engine.lang.syntax.bundles import *
from engine.lang.syntax.conditions import *
from engine.lang.syntax.gives import *
from engine.lang.syntax.leaves import *
from engine.lang.syntax.price_book import *
from engine.lang.syntax.prices import *
from engine.lang.syntax.products import *
from engine.lang.syntax.rules import *
from engine.lang.syntax.steps import *
from engine.lang.syntax.tables import *
from engine.lang.syntax.tests import *
