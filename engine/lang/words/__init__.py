"""The words of every semantic diagnostic: one function a mistake, so that tone, code and help have one home.

Codes are stable, and each family of them has a module. A function gets what was written and what is known; it returns
the Diagnostic. Callers write `words.unknown(...)` and need not know the family.
"""

from engine.lang.words.bundle_prices import *
from engine.lang.words.bundles import *
from engine.lang.words.doubts import *
from engine.lang.words.form import *
from engine.lang.words.kinds import *
from engine.lang.words.lints import *
from engine.lang.words.methods import *
from engine.lang.words.money import *
from engine.lang.words.names import *
from engine.lang.words.rules import *
from engine.lang.words.select import *
from engine.lang.words.tables import *
from engine.lang.words.time import *
