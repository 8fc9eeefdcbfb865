"""quo fmt over generated rule text: the tree and the comments stay, and laying out twice changes nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.lang.format import format_text
from engine.lang.parse import parse_file
from engine.lang.places import Span

names = st.sampled_from(["seat", "calls", "on_site", "list_price", "family_pack", "notary"])
paths = st.sampled_from(["customer.segment", "line.quantity", "row.audience"])
texts = st.text(
    st.characters(codec="utf-8", exclude_characters='"\r\n', exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=8
)
strings = texts.map(lambda text: f'"{text}"')
literals = st.sampled_from(["5", "10_000 EUR", "50 seats", "12 months", "2026-01-31", "12.5%"]) | strings
gaps = st.sampled_from([" ", "  ", "     "])
tails = st.just("") | st.sampled_from(["  ", " # why", '\t# a "quoted" | word, and'])
between = st.sampled_from(["", "\n", "\n\n\n", "# at the margin\n", "   # indented\n\n"])


@st.composite
def conditions(draw, depth=2):
    if depth and draw(st.booleans()):
        inner = [draw(conditions(depth - 1)) for _ in range(draw(st.integers(1, 3)))]
        glue = draw(st.sampled_from([" and ", " or ", "\n    and ", "\n# between\n\t or  "]))
        return draw(st.sampled_from(["({})", "not ({})"])).format(glue.join(inner))
    path, value = draw(paths), draw(literals)
    return draw(
        st.sampled_from(
            [
                f"{path} is {value}",
                f"{path} is not {value}",
                f"{path} is known",
                f"{path} in {value}, {value}",
                f"{path} >= {value}",
            ]
        )
    )


@st.composite
def tables(draw):
    width, rows = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    cell = st.sampled_from(["0", "10_000", "5%", "0.40 EUR per 1_000 calls", "", "a b", '"x | y"'])
    out = [["seats from", "off", "why"][:width], *([draw(cell) for _ in range(width)] for _ in range(rows))]
    return "".join(f"  {draw(gaps)}| {draw(gaps).join(['', ' | '.join(row)]).strip()} |{draw(tails)}\n" for row in out)


@st.composite
def clauses(draw):
    clause = draw(
        st.sampled_from(
            [
                "give 5% off list",
                "give row.off off running price",
                "add 3 EUR",
                "at least 20% margin",
                "for each row of t",
            ]
        )
        | conditions().map("when {}".format)
        | strings.map("because {}".format)
    )
    first, *more = clause.split("\n")
    words = first.split(" ", 1)
    text = draw(gaps) + draw(gaps).join(words) + draw(tails) + "".join(f"\n{line}" for line in more)
    return text + "\n" + draw(between)


@st.composite
def blocks(draw):
    kind, name = (
        draw(st.sampled_from(["rule", "product", "facts", "list", "steps", "table", "tiers", "test", "approval"])),
        draw(names),
    )
    gap, tail = draw(gaps), draw(tails)
    if kind == "rule":
        first = {clause.split()[0]: clause for clause in draw(st.lists(clauses(), min_size=1, max_size=5))}
        return f"volume{gap}discount r on {name}{tail}\n" + "".join(first.values())
    if kind == "product":
        return f"product {name} {draw(strings)}{tail}\n{gap}family{gap}crm,{tail}\n{gap} mugs\n{gap}price{gap}49 EUR per seat{tail}\n"
    if kind == "facts":
        return (
            f"facts{tail}\n{gap}a.b:{gap}one of x, y{tail}\n{gap}customer.long_name :text optional{gap}from account\n"
        )
    if kind == "list":
        return f'price list {name} from "x.csv"{tail}\n{gap}"SKU":{gap}product\n{gap}starts{gap}"Valid: from  on" :from date{tail}\n'
    if kind == "steps":
        tab = draw(st.sampled_from(["\t", gap]))
        return f"steps\n{gap}list{tail}\n{gap}volume{tab}one only\n{gap}offers{tab}best of\n{draw(between)}{gap}floor\n"
    if kind == "approval":
        glue = draw(st.sampled_from([" ", f"{tail}\n{gap}"]))
        asks = [
            f"{gap}when {draw(conditions())}{glue}needs {who}{tail}\n" for who in ("legal", "legal and desk, then cfo")
        ]
        return f"approval {name}{tail}\n{draw(between).join(asks)}"
    if kind == "test":
        return f"test {draw(strings)}\n{gap}quote on 2026-01-15{tail}\n{gap}line {name}{gap}-5\n{gap}expect x.unit{gap}= 3 EUR\n"
    head = f"table {name}" if kind == "table" else f"volume discount v on {name}\n{gap}tiers all units by quantity"
    return f"{head}{tail}\n{draw(tables())}"


books = st.lists(st.tuples(between, blocks()), max_size=6).map(lambda parts: "".join(a + b for a, b in parts))


@given(books)
def test_laying_out_keeps_the_tree_and_is_done_in_one_go(text):
    before, found = parse_file("b.quo", text)
    assert found == ()
    laid_out = format_text(text)
    after, found = parse_file("b.quo", laid_out)
    assert found == ()
    assert _shape(after) == _shape(before)
    assert format_text(laid_out) == laid_out
    assert laid_out.count("#") == text.count("#")


def _shape(node):
    if isinstance(node, Span):
        return None
    if isinstance(node, tuple):
        return tuple(_shape(part) for part in node)
    if hasattr(node, "__dataclass_fields__"):
        return (type(node).__name__, *(_shape(getattr(node, name)) for name in node.__dataclass_fields__))
    return node
