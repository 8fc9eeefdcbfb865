"""Where everything lies in a plan's one int64 arena, and in the workspace a kernel reads and writes.

An arena is a header of section offsets and sizes, then the sections, row by row. Kernels and lowering share these names
and nothing else. A plan is thus one block that is saved, mapped and shared by processes as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

MISSING = -(2**63)
"""An ordered fact that was not given; an absent cost."""
OPEN = 2**62
"""A bound that is not there: later than every date, above every quantity."""

# ---------------------------------------------------------------- scalars, then (offset, rows) of each section

SCALARS = (
    "mode", "level", "step", "discounts", "dims", "words", "steps", "across", "spans", "timed", "denied",
    "tax", "tax_level", "tax_step", "includes", "net", "bundle",
)  # fmt: skip
"""`bundle`: the dim of a line's bundle by number, 0 where nothing is given over bundles; how many there are is the next one. Of these, `tax`, `net` and `denied` are the numbers of those steps, 0 where there are none (or no tax rules)."""
SECTIONS = (
    "products",  # PRODUCT columns
    "prices",  # PRICE columns, by product and date
    "costs",  # PRICE columns
    "sales",  # SALE columns: what is sold at once, and what a line costs at list
    "tables",  # TIERS columns: tier tables
    "tiers",  # TIER columns
    "step_rows",  # STEP columns
    "memberships",  # partition ids, by product
    "ranges",  # [partition * steps + step] -> RANGE columns: bits of the step's cases for this set of products
    "bits",  # BIT columns
    "cases",  # CASE columns
    "excepts",  # (exception's rule, rule it replaces) pairs, by step
    "dim_rows",  # DIM columns
    "cuts",  # sorted lower bounds of the classes of ordered dims
    "masks",  # one row of `words` words for each class of each dim: which bits it allows
    "asks",  # [ask class * dims + dim]: 1 + the first rule that asks for the required fact, else 0
    "folds",  # FOLD columns: sums over the lines of a quote, by the step that asks for them
    "sizes",  # [product]: how many of what a sum counts in roots one of its units is, in parts of FOLD_PARTS
    "shares",  # SHARE columns: what is given on the quote, in the order of the book
    "grants",  # [grant]: the dim of what is granted by hand
    "periods",  # [product]: a number for how often it is charged; what is charged apart is taxed and split apart
    "ranks",  # [case], then one of a product's own price: which comes first where a step chooses; empty where none does
    "ssps",  # [product]: the stand-alone price of a unit in micros, where something is split by it
)
WIDTH = {
    "products": 9, "prices": 6, "costs": 6, "sales": 7, "tables": 9, "tiers": 7, "step_rows": 10, "memberships": 1, "ranges": 2,
    "bits": 4, "cases": 8, "excepts": 2, "dim_rows": 6, "cuts": 1, "masks": 1, "asks": 1,
    "folds": 10, "sizes": 1, "shares": 13, "grants": 1, "periods": 1, "ranks": 1, "ssps": 1,
}  # fmt: skip

(
    AT_MODE, AT_LEVEL, AT_STEP, AT_DISCOUNTS, AT_DIMS, AT_WORDS, AT_STEPS, AT_ACROSS, AT_SPANS, AT_TIMED, AT_DENIED,
    AT_TAX, AT_TAX_LEVEL, AT_TAX_STEP, AT_INCLUDES, AT_NET, AT_BUNDLE,
) = range(len(SCALARS))  # fmt: skip
_FIRST = len(SCALARS)
(
    AT_PRODUCTS, AT_PRICES, AT_COSTS, AT_SALES, AT_TABLES, AT_TIERS, AT_STEP_ROWS, AT_MEMBERSHIPS, AT_RANGES,
    AT_BITS, AT_CASES, AT_EXCEPTS, AT_DIM_ROWS, AT_CUTS, AT_MASKS, AT_ASKS,
    AT_FOLDS, AT_SIZES, AT_SHARES, AT_GRANTS, AT_PERIODS, AT_RANKS, AT_SSPS,
) = range(_FIRST, _FIRST + len(SECTIONS))  # fmt: skip
FIRST_SECTION = _FIRST + len(SECTIONS)


def rows(arena: np.ndarray, section: str, count: int | None = None) -> np.ndarray:
    """The rows of a section [rows, columns]; `count` where it is known."""
    at = SECTIONS.index(section)
    ends = [*arena[_FIRST + 1 : FIRST_SECTION].tolist(), len(arena)]
    start = int(arena[_FIRST + at])
    end = int(ends[at]) if count is None else start + count * WIDTH[section]
    return np.asarray(arena[start:end]).reshape(-1, WIDTH[section])


# ---------------------------------------------------------------- columns of sections

PRODUCT_PRICES, PRODUCT_PRICES_END, PRODUCT_COSTS, PRODUCT_COSTS_END = range(4)
PRODUCT_PARTS, PRODUCT_PARTS_END, PRODUCT_GRAIN, PRODUCT_ASK, PRODUCT_SALE = range(4, 9)
"""PRODUCT_SALE: the number of its row of `sales`, -1 where any quantity is sold at any price."""
PRICE_START, PRICE_END, PRICE_NUM, PRICE_DEN, PRICE_TIERS, PRICE_SOURCE = range(6)
"""PRICE_DEN is 0 where the price hangs on facts of its line, and stands in the line's rows (AT_TIMED: the first of them)."""
SALE_STEP, SALE_LEAST, SALE_MOST, SALE_LOW_NUM, SALE_LOW_DEN, SALE_HIGH_NUM, SALE_HIGH_DEN = range(7)
"""Ticks of a quantity: a multiple of (0: any), from, to. Then the least and most a line costs at list; SALE_HIGH_DEN 0: no most."""
TIERS_MODE, TIERS_FIRST, TIERS_END, TIERS_TIMES, TIERS_FREE, TIERS_UNIT, TIERS_BY, TIERS_AT_ZERO, TIERS_OVER = range(9)
"""What a table measures is in parts so fine that all of its bounds are whole: ticks (or the amount that the dim TIERS_BY says; -1:
none) x TIERS_TIMES - TIERS_FREE; TIERS_UNIT of them are what a price is for. TIERS_AT_ZERO: nothing pays the first flat.
TIERS_OVER: the row at TIERS_END is the price of what is above the last block."""
ALL_UNITS, GRADUATED, BLOCK = range(3)
TIER_FROM, TIER_BEGIN, TIER_NUM, TIER_DEN, TIER_FLAT_NUM, TIER_FLAT_DEN, TIER_PACKAGE = range(7)
"""TIER_FROM: the least measure that reaches the tier; TIER_BEGIN: where its slice of a graduated table begins, or what is above its
block; TIER_PACKAGE: what the price is for, started or full; 0 where it is by the unit."""
(
    STEP_COMBINE, STEP_UNIFORM, STEP_EXCEPTS, STEP_EXCEPTS_END, STEP_SKIPS, STEP_RULED, STEP_CHOICE, STEP_MULTIPLE, STEP_MODE,
    STEP_PLUS,
) = range(10)  # fmt: skip
"""STEP_SKIPS: a bit for each step whose rules keep a line they moved out of this one. STEP_RULED: whether any rule stands in it. STEP_MULTIPLE: what its prices are rounded to (0: they are not), in STEP_MODE; STEP_PLUS
is added then."""
NO_CHOICE, BY_RANK, BY_LOWEST = range(3)
"""STEP_CHOICE: two prices are a conflict; the first by `ranks` counts; of equal ones the lowest."""
RANGE_FIRST, RANGE_END = range(2)
BIT_CASE, BIT_BEST, BIT_LOW, BIT_HIGH = range(4)
"""BIT_BEST: the case's rank by what it gives (in uniform steps): read for every set of products, where the case is read once.
BIT_LOW, BIT_HIGH: the quantity (ticks) that the bit allows, both included, where AT_SPANS says that they are to be read: masks of a
quantity of many classes would miss the cache at every line."""
CASE_GIVE, CASE_NUM, CASE_DEN, CASE_BASE, CASE_TIERS, CASE_RULE, CASE_NAME, CASE_ORDER = range(8)
"""CASE_NAME: rank of the rule's name; CASE_ORDER: place in the book. A case is a line of the cache."""
DIM_KIND, DIM_CUTS, DIM_CLASSES, DIM_MASKS, DIM_REQUIRED, DIM_SCOPE = range(6)
DIM_WORD, DIM_ORDERED = range(2)
IDLE, HEADER, OF_LINE = range(3)
"""DIM_SCOPE: no condition asks about it; the same on a quote's lines as a rule; each line's own."""

FOLD_STEP, FOLD_DIM, FOLD_WHAT, FOLD_AT, FOLD_COUNTS, FOLD_ASKS, FOLD_GROUP, FOLD_OWN, FOLD_PLUS, FOLD_PARTS = range(10)
"""FOLD_AT: the step after which an amount is taken, -1 as the step begins. FOLD_COUNTS: the step whose cases say which lines count
(-1: all); FOLD_ASKS: whether those have conditions. FOLD_PLUS: the dim of what is added, or -1. FOLD_PARTS: of AT_SIZES, 0 where
units are not told apart."""
OF_QUANTITY, OF_AMOUNT, OF_LINES = range(3)
"""FOLD_WHAT."""

(
    SHARE_STEP, SHARE_FOUND, SHARE_CASE, SHARE_PART, SHARE_WHAT, SHARE_NUM, SHARE_DEN, SHARE_BASE, SHARE_MOST, SHARE_BY,
    SHARE_REMAINDER, SHARE_PERIOD, SHARE_EACH,
) = range(13)  # fmt: skip
"""SHARE_STEP: the step in which it moves lines; SHARE_FOUND: the one in which its conditions are found; SHARE_PART: the set of
products it is on. SHARE_BASE: as CASE_BASE, and 0 at list. SHARE_MOST: in micros, -1 for no bound. SHARE_PERIOD: of AT_PERIODS. SHARE_EACH: over
the lines of each bundle, where amounts are of one of them."""
SHARE_OF_PERCENT, SHARE_OF_AMOUNT, SHARE_TO_TOTAL = range(3)
BY_RUNNING, BY_LIST, EQUALLY, BY_SSP = range(4)
REST_TO_LARGEST, REST_TO_FIRST, REST_TO_LAST = range(3)

COMBINE = {"list": 0, "one only": 1, "best of": 2, "compounding": 3, "additive": 4, "floor": 5, "tax": 6, "net": 7}
LIST, ONE_ONLY, BEST_OF, COMPOUNDING, ADDITIVE, FLOOR, TAX, NET = range(8)
"""STEP_COMBINE; steps of taxes and the step `net` (from TAX on) move no price."""
(
    PERCENT, AMOUNT, SET_PRICE, GRADUATED_OFF, AT_LEAST_AMOUNT, AT_LEAST_OF_LIST, AT_LEAST_OF_COST, AT_LEAST_BELOW_LIST,
    CHARGE, BY_HAND, ON_QUOTE,
) = range(11)  # fmt: skip
"""What a case gives. CASE_NUM / CASE_DEN: a signed rate or amount; for a floor over cost, the factor on the unit cost; by hand and on
the quote: the number of the grant or share."""
BASE_RUNNING, BASE_LIST, BASE_COST, INCLUDING, EXCLUDING = -1, -2, -3, -4, -5
"""CASE_BASE: the first three, or the number of the step after which the amount is taken; of a price in the step `list`, its
BAR_CASE. Of an AMOUNT, INCLUDING or EXCLUDING where it is stated with tax among prices without, or without among those with it. Of
a CHARGE, its category as a number."""
OVER_COST = -2
"""PRICE_TIERS, CASE_TIERS: a price that is the dated cost times its figure; -1 where there are no tiers."""
LEVEL_UNIT, LEVEL_LINE, LEVEL_DOCUMENT = range(3)
TAX_LEVELS = ("rate", "unit", "line", "document")
TAX_BY_RATE, TAX_BY_UNIT, TAX_BY_LINE, TAX_BY_DOCUMENT = range(4)
UNKNOWN, OTHER, FIRST_WORD = range(3)
"""Codes of a word dimension: not given, a word the book does not name, the first word it names."""

# ---------------------------------------------------------------- workspace rows (int64 [rows, lines])

IN_PRODUCT, IN_QUANTITY = 0, 1
OUT_STATUS, OUT_A, OUT_B = 2, 3, 4
OUT_UNIT_LIST, OUT_UNIT_NET, OUT_LIST, OUT_NET, OUT_COST, OUT_PRICE, OUT_BARS = range(5, 12)
OUT_EXACT = 12  # six rows, at document level and of lines that are OUT_HELD: list (hi, lo, den), net (hi, lo, den)
OUT_CHARGE, OUT_HELD, OUT_WHOLE = 18, 19, 20
"""Where the book has taxes: the case that charges the line, and whether an amount stated with tax moved it, among prices without.
OUT_WHOLE: whether it is priced as a whole."""
OUT_INVOICED, OUT_POCKET, OUT_REST, OUT_GRANTED = 21, 22, 23, 24
"""The net without its tax, where that is found here; what is left of it below the net; what a split has left over; what was granted by
hand, where the book has such grants."""
IN_DIMS = 25
"""The first dimension's raw codes; the quantity's row is not read (IN_QUANTITY is)."""
DATE, QUANTITY, GROUP, FACTS = 0, 1, 2, 3

(
    FINE, UNKNOWN_PRODUCT, MISSING_FACT, INVALID_QUANTITY, NO_PRICE, CONFLICT, NO_COST, OVERFLOW, UNTIMED, GRANT, DENIED, NO_TAX,
    INVALID_FACT, UNKNOWN_GROUP,
) = range(14)  # fmt: skip
STATUS = (
    "FINE", "UNKNOWN_PRODUCT", "MISSING_FACT", "INVALID_QUANTITY", "NO_PRICE", "CONFLICT", "NO_COST", "OVERFLOW",
    "INVALID_TERM", "GRANT", "DENIED", "NO_TAX", "INVALID_FACT", "UNKNOWN_GROUP",
)  # fmt: skip
"""A: the dim (MISSING_FACT, INVALID_FACT), the ticks a price begins at (INVALID_QUANTITY; 0: it is not that), a case (CONFLICT,
NO_COST, GRANT, DENIED), the step (OVERFLOW) or the number of a fault that `pricing.times` knows (UNTIMED); B: the other case of a
conflict, or the rule that asks for a fact (-1: a price does)."""

BAR_LINE, BAR_STEP, BAR_CASE, BAR_BEFORE, BAR_AFTER, BAR_ROWS = range(6)
ROUNDING = -2
"""BAR_STEP of the book's rounding. BAR_CASE of it and of the list bar is the price (`Head.prices`), of a step's own rounding -1."""


def assemble(scalars: Mapping[str, int], sections: Mapping[str, np.ndarray]) -> np.ndarray:
    """Lay scalars and sections (each int64, any shape) into one arena."""
    parts = [np.ascontiguousarray(sections[name], dtype=np.int64).ravel() for name in SECTIONS]
    offsets = FIRST_SECTION + np.cumsum([0, *(len(part) for part in parts[:-1])])
    header = np.array([*(scalars[name] for name in SCALARS), *offsets], dtype=np.int64)
    return np.concatenate([header, *parts])
