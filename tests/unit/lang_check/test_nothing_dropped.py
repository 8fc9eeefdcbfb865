"""Nothing an author writes is dropped without a word: garbage at any place of a book is said, or changes the book.

`PLACES` are pieces of rule text or data with one hole each, and something right to put there. Garbage in the hole, or
beside what is right, must give an error, or a book that differs both from the right one and from one without the piece.
"""

from __future__ import annotations

import re

import pytest

from engine.lang import Checked, check
from engine.lang.places import Span
from tests.unit.lang_check.bundle import BOOK

RULE = "volume discount v on seat\n  {}\n"
GIVEN = "volume discount v on seat\n  give 5% off list\n"
TIERS = "volume discount v on seat\n  tiers all units by quantity\n  | {} | {} |\n  | {} | {} |\n"
EXAMPLE = "examples on seat\n  | on | segment | account | spend | term | rush | group | seats | = unit | = applied |\n  | {} |\n"
CELLS = ["2026-01-15", "startup", '"NL"', "10 EUR", "12 months", "yes", "rollout", "3", "49 EUR", "none"]
FEE = "facts\n  line.amount: money\nproduct z\n  unit seat\n  price tiers graduated by line.amount\n  | amount above | percent |\n  | {} | {} |\n"
TABLE = "table t\n  | customer.account | product | extra | least | since |\n  | {} |\n  customer.account: text key\n  product: product\n  extra: percent\n  least: quantity\n  since: from date\n"
ROW = ['"NL"', "seat", "5%", "3", "2026-01-15"]
OF_TABLE = "extras surcharge s on row.product\n  for each row of t\n  when line.quantity >= row.least\n  add row.extra of list\n"
CSV = ["x", "seat", "0.15", "3", "12.50", "2 years", "2026-01-15"]
FILE = 'table f from "f.csv"\n  name: text\n  product: product\n  off: fraction\n  least: quantity\n  price: money\n  term: duration\n  since: from date\n\noffers discount from_file on row.product\n  for each row of f\n  when line.quantity >= row.least and quote.term >= row.term and customer.account is row.name\n  and customer.spend >= row.price\n  give row.off off list\n'
LIST = 'products from "p.csv"\n  code column code\n  name column name\n  family column family\n  unit column unit\nprice list l from "l.csv"\n  code: product\n  at: from date\n  amount: money\n'


def cell(template: str, cells: list[str], at: int) -> str:
    """A table with a hole in one cell."""
    return template.format(" | ".join("{}" if i == at else text for i, text in enumerate(cells)))


PLACES: dict[str, tuple[str, str]] = {
    **{f"example {text}": (cell(EXAMPLE, CELLS, i), text) for i, text in enumerate(CELLS)},
    **{f"row {text}": (cell(TABLE, ROW, i) + OF_TABLE, text) for i, text in enumerate(ROW)},
    "tier unit": (TIERS.format("{} from", "off", "10", "5%"), "seats"),
    "tier head": (TIERS.format("seats from", "{}", "10", "5%"), "off"),
    "tier base": (TIERS.format("seats from", "off {}", "10", "5%"), "list"),
    "tier bound": (TIERS.format("seats from", "off", "{}", "5%"), "10"),
    "tier value": (TIERS.format("seats from", "off", "10", "{}"), "5%"),
    "tier price": ("product z\n  price tiers graduated\n  | hours above | price | flat |\n  | 0 | {} | 0 EUR |\n", "4 EUR per hour"),
    "tier flat": ("product z\n  price tiers graduated\n  | hours above | price | flat |\n  | 0 | 4 EUR | {} |\n", "1 EUR"),
    "heading": ("{}\n  give 5% off list\n", "volume discount v on seat"),
    "step": ("{} discount v on seat\n  give 5% off list\n", "volume"),
    "target": ("volume discount v on {}\n  give 5% off list\n", "seat"),
    "exception": (GIVEN + "volume exception e on {} to v\n  when line.quantity > 3\n  give 1% off list\n", "seat"),
    "exception to": (GIVEN + "volume exception e to {}\n  when line.quantity > 3\n  give 1% off list\n", "v"),
    "clause": (GIVEN + "  {}\n", 'because "x"'),
    "give": (RULE.format("give {} off list"), "5%"),
    "base": (RULE.format("give 5% off {}"), "list"),
    "add": ("extras surcharge s on seat\n  add {}\n", "5% of list"),
    "dates": (GIVEN + "  {}\n", "from 2026-01-15 until 2026-02-15"),
    "date": (GIVEN + "  from {}\n", "2026-01-15"),
    "when": (GIVEN + "  when {}\n", "customer.segment is startup"),
    "value": (GIVEN + "  when customer.segment is {}\n", "startup"),
    "text value": (GIVEN + "  when customer.account is {}\n", '"NL"'),
    "figure value": (GIVEN + "  when line.quantity >= {}\n", "10 seats"),
    "options": (GIVEN + "  when line.quantity in {}\n", "5, 10 to 20"),
    "because": (GIVEN + "  because {}\n", '"x"'),
    "floor": ("floor low on seat\n  at least {}\n", "30 EUR"),
    "needs": ("approval a\n  when quote.discount > 15% needs {}\n", "desk and legal, then cfo"),
    "figure": ("approval a\n  when quote.discount > {} needs desk\n", "15%"),
    "approval": ("approval {}\n  when quote.discount > 15% needs desk\n", "a on seat"),
    "product": ("product {}\n  price 3 EUR per seat\n", 'z "Z"'),
    "price": ("product z\n  price {}\n", "3 EUR per seat per month"),
    "price dates": ("product z\n  price 3 EUR per seat {}\n", "until 2027-01-01"),
    "cost": ("product z\n  price 3 EUR per seat\n  cost {}\n", "1 EUR per seat"),
    "never": ("product z\n  price 3 EUR per seat\n  {}\n", "never discounted"),
    "families": ("product z\n  price 3 EUR per seat\n  family {}\n", "crm"),
    "unit": ("product z\n  unit {}\n  price 3 EUR\n", "seat"),
    "fact": ("facts\n  {}\n", "customer.x: text optional from account"),
    "kind": ("facts\n  customer.x: {}\n", "number 1 to 5"),
    "enum": ("facts\n  customer.x: one of {}\n", "a, b"),
    "quote": ("test \"t\"\n  quote {}\n  line seat 1\n", "on 2026-01-15, customer.segment startup"),
    "line": ("test \"t\"\n  quote on 2026-01-15\n  line {}\n", "seat -3 in group rollout, line.rush yes"),
    "quantity": ("test \"t\"\n  quote on 2026-01-15\n  line seat {}\n", "3"),
    "expect": ("test \"t\"\n  quote on 2026-01-15\n  line seat 1\n  expect {}\n", "seat.unit = 49 EUR per seat"),
    "applied": (GIVEN + "test \"t\"\n  quote on 2026-01-15\n  line seat 1\n  expect applied = {}\n", "v"),
    "nothing": ("test \"t\"\n  quote on 2026-01-15\n  line seat 1\n  expect approvals is {}\n", "none"),
    "package": ("product z\n  price {}\n", "3 EUR per started 10 seats per month"),
    "free": ("product z\n  price 3 EUR per seat\n  {}\n", "first 5 seats free"),
    "multiple": ("product z\n  price 3 EUR per seat\n  {}\n", "sold in 12s"),
    "least": ("product z\n  price 3 EUR per seat\n  at least {}\n", "24 seats"),
    "most": ("product z\n  price 3 EUR per seat per month\n  at most {}\n", "30 EUR per month"),
    "block": ("product z\n  price block\n  | seats from | price |\n  | 1 | {} |\n", "10 EUR per month"),
    "overage": ("product z\n  price block\n  | seats from | price |\n  | 1 | 10 EUR |\n  overage {}\n", "2 EUR per started 3 seats"),
    "tier mode": ("product z\n  price tiers {}\n  | seats above | price | flat |\n  | 0 | 3 EUR | 1 EUR |\n", "graduated, flat at zero"),
    "fee": (FEE.format("0 EUR", "{}"), "5%"),
    "fee bound": (FEE.format("{}", "5%"), "0 EUR"),
    "fee fact": (FEE.format("0 EUR", "5%").replace("by line.amount", "by {}"), "line.amount"),
    "columns": (FILE.replace("name: text", "{}"), 'name "name": text'),
    "list columns": (LIST.replace("amount: money", "{}"), "amount: money per seat"),
    "products clause": (LIST.replace("unit column unit", "unit column unit\n  {}"), "charged per month"),
    "role": (LIST.replace("name column name", "{}"), 'name column "name"'),
}  # fmt: skip
FILES: dict[str, tuple[str, str, str]] = {
    **{f"f.csv {CSV[i]}": (FILE, "name,product,off,least,price,term,since\n" + ",".join("{}" if i == at else c for at, c in enumerate(CSV)) + "\n", CSV[i]) for i in range(7)},
    "p.csv code": (LIST, "code,name,family,unit\n{},Pen,Pens,seat\n", "pen"),
    "p.csv unit": (LIST, "code,name,family,unit\npen,Pen,Pens,{}\n", "seat"),
    "l.csv date": (LIST, "code,at,amount\npen,{},3\n", "2026-01-15"),
    "l.csv amount": (LIST, "code,at,amount\npen,2026-01-15,{}\n", "3"),
}  # fmt: skip
OTHERS = {
    "f.csv": "name,product,off,least,price,term,since\n" + ",".join(CSV) + "\n",
    "p.csv": "code,name,family,unit\npen,Pen,Pens,seat\n",
    "l.csv": "code,at,amount\npen,2026-01-15,3\n",
}
GARBAGE = ["1,000", "15/01/2026", "NL", "nl", "€5", "5", "5%", "-5", "5 EUR", "5 USD", "foo bar", "2026-01-15", "1e6", "per once",
     "per month", "10-49", '"x', '"x" y', "“x”", "row.x", "customer.account", "=", "==", "()", "|", "§", "off", "none none", "*",
     "to", "key", "optional", "from account", "and", ",", "a, b", "x, , y", "12 months", "5 seats", "5 hours", "seat seat"]  # fmt: skip


def settled(text: str, **files: str) -> tuple[Checked, object]:
    """Check the book with an addition; what it settled to, without places and version."""
    bundle = {"book.quo": BOOK + "  floor\n", "x.quo": text} | OTHERS | {f"{k}.csv": v for k, v in files.items()}
    result = check({path: content.encode() for path, content in bundle.items()})
    return result, bare(result.book)


def bare(node: object) -> object:
    if isinstance(node, Span):
        return None
    if isinstance(node, tuple):
        return tuple(bare(part) for part in node)
    if isinstance(node, frozenset):
        return frozenset(bare(part) for part in node)
    if hasattr(node, "__dataclass_fields__"):
        return (type(node).__name__, *(bare(getattr(node, f)) for f in node.__dataclass_fields__ if f != "version"))
    return node


def alike(text: str) -> list[str]:
    """What means the same: blanks made single, commas with one after, a cell's text with quotes or without."""
    return re.sub(r"\s*,\s*", ", ", text).replace('"', "").split()


def garbled(right: str) -> list[str]:
    """Garbage in the place of what is right, before it and after it."""
    texts = [how.format(g=garbage, r=right) for garbage in GARBAGE for how in ("{g}", "{r} {g}", "{g} {r}")]
    return [text for text in texts if alike(text) != alike(right) and not text.endswith("optional")]


def silent(right: tuple[Checked, object], without: object, found: tuple[Checked, object]) -> str:
    """What became of garbage that nothing was said about: "" when something was, or when the book is another."""
    said = {d.code for d in found[0].diagnostics} - {d.code for d in right[0].diagnostics}
    if said or found[0].book is None:
        return ""
    return "read as what was right" if found[1] == right[1] else "dropped" if found[1] == without else ""


@pytest.mark.parametrize("place", PLACES)
def test_rule_text(place: str) -> None:
    template, text = PLACES[place]
    right, without = settled(template.replace("{}", text)), settled("")[1]
    assert [d.message for d in right[0].diagnostics if d.severity == "error"] == []
    found = {each: silent(right, without, settled(template.replace("{}", each))) for each in garbled(text)}
    assert {each: what for each, what in found.items() if what} == {}


@pytest.mark.parametrize("place", FILES)
def test_data(place: str) -> None:
    rules, file, text = FILES[place]
    name = place.split(".")[0]
    right = settled(rules, **{name: file.replace("{}", text)})
    without = settled(rules, **{name: file.split("\n")[0] + "\n"})[1]
    assert right[0].book is not None
    cells = {each: '"' + each.replace('"', '""') + '"' for each in ("", *garbled(text))}
    found = {each: silent(right, without, settled(rules, **{name: file.replace("{}", c)})) for each, c in cells.items()}
    assert {each: what for each, what in found.items() if what} == {}
