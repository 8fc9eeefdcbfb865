"""Two states of a quote side by side: nothing of the same, and differences that add up to the difference."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.lifecycle.changes import Change, LineSide, between
from engine.lifecycle.quote import Bundle, Need, Option, Quote, Total


def quote(*options: Option, **more: object) -> Quote:
    return Quote(name="quotes/q", options=options, **more)  # type: ignore[arg-type]


lines = st.lists(
    st.builds(
        LineSide, product=st.sampled_from(("seat", "care")), group=st.sampled_from(("", "eu")),
        facts=st.sampled_from(({}, {"line.rush": "yes"})), quantity_micros=st.integers(0, 3), net_amount_micros=st.integers(-9, 9),
    ),
    max_size=6,
)  # fmt: skip


@given(lines)
def test_the_same_differs_in_nothing(some: list[LineSide]) -> None:
    one = quote(Option(option_id="a"), facts={"quote.term": "12 months"})
    found = between(one, one, {"a": some}, {"a": some[::-1]})
    assert (found.fields, [line for option in found.options for line in option.lines if _apart(line.fields)]) == (
        (),
        [],
    )


def _apart(fields: tuple[str, ...]) -> bool:
    """Lines that are alike but for their price may be matched crosswise."""
    return bool(set(fields) - {"net_amount_micros"})


@given(lines, lines)
def test_the_differences_of_lines_add_up(before: list[LineSide], after: list[LineSide]) -> None:
    one = quote(Option(option_id="a"))
    options = between(one, one, {"a": before}, {"a": after}).options
    changes = options[0].lines if options else ()
    same = options[0].same_lines if options else len(after)
    assert sum(one.net_difference_micros for one in changes) == (
        sum(line.net_amount_micros for line in after) - sum(line.net_amount_micros for line in before)
    )
    assert same + sum(one.after is not None for one in changes) == len(after)
    assert same + sum(one.before is not None for one in changes) == len(before)
    products = [(one.before, one.after) for one in changes if one.before and one.after]
    assert all(was.product == is_.product and was != is_ for was, is_ in products)
    kinds = {one.change for one in changes if one.before and one.after}
    assert kinds <= {Change.CHANGED}


def test_fields_are_said_as_people_write_them() -> None:
    before = quote(
        start_date=737_425, facts={"quote.term": "12 months", "x": "1"}, coupon_codes=("A", "B"), net_days=30
    )
    after = replace(before, start_date=0, facts={"quote.term": "24 months"}, coupon_codes=("A",), show_discounts=True)
    found = [(one.field, one.before, one.after) for one in between(before, after, {}, {}).fields]
    assert found == [
        ("facts[quote.term]", "12 months", "24 months"), ("facts[x]", "1", ""), ("coupon_codes", "A, B", "A"),
        ("start_date", "2020-01-01", ""), ("show_discounts", "no", "yes"),
    ]  # fmt: skip


def test_options_come_and_go_with_all_they_hold() -> None:
    need = Need(approval="deep", stages=(("deal_desk", "legal"), ("finance",)))
    total = Total(name="once", list_amount_micros=9, net_amount_micros=7)
    gone = Option(option_id="b", title="Large", totals=(total,), needs=(need,))
    box = Bundle(id="box", product="kit", choices=("red",))
    kept = Option(option_id="a", bundles=(box,))
    before = quote(kept, gone)
    after = quote(replace(kept, bundles=(replace(box, quantity=2, choices=("red", "big")),)))
    first, second = between(before, after, {"b": [LineSide(product="seat", net_amount_micros=7)]}, {}).options
    assert [(one.field, one.before, one.after) for one in first.fields] == [
        ("bundles[box]", "1 x kit: red", "2 x kit: red, big"),
    ]  # fmt: skip
    assert (second.change, second.lines[0].change, second.lines[0].net_difference_micros) == ("REMOVED", "REMOVED", -7)
    assert (second.totals[0].net_difference_micros, second.approvals[0].before) == (
        -7,
        ("deal_desk and legal", "finance"),
    )
