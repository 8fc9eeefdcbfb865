"""Whom a quote asks again: nobody for the same or a better deal; all for one that is worse, of another account, or new."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.lifecycle.asking import approved_of, needs_of, request_of, to_ask
from engine.lifecycle.figures import MOST_PRODUCTS, shown
from engine.lifecycle.quote import Need, Option, Quote
from engine.lifecycle.terms import Part, Terms, worse

DEEP = Need(approval="deep", stages=(("deal_desk",), ("finance",)), because="Board policy 7")
THIN = Need(approval="thin", stages=(("finance",),))


def part(off: int, cost: int = 40) -> Part:
    return Part(listed=100, net=100 - off, sold=100 - off, cost=cost)


def option(off: int, needs: tuple[Need, ...] = (DEEP,), option_id: str = "basic", days: int = 30) -> Option:
    terms = Terms(currency_code="EUR", whole=part(off), products={"seat": part(off)}, net_days=days)
    return Option(option_id=option_id, needs=needs, terms=terms)


def quote(*options: Option, before: Quote | None = None, **more: object) -> Quote:
    made = Quote(name="quotes/q", account="accounts/a", options=options, editors=("sam",), submitter="sue")
    return replace(made, approved=approved_of(before, "approvals/a", 5) if before else None, **more)  # type: ignore[arg-type]


def test_what_was_never_approved_asks_all_that_the_book_wants() -> None:
    assert to_ask(quote(option(30, (DEEP, THIN)))) == ((DEEP, THIN), ("deep: Board policy 7", "thin"))
    assert to_ask(quote(option(5, ()))) == ((), ())


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 90), st.integers(0, 90))
def test_it_is_asked_again_when_it_is_worse_and_only_then(before: int, now: int, days_before: int, days: int) -> None:
    old, new = option(before, days=days_before), option(now, days=days)
    asked, reasons = to_ask(quote(new, before=quote(old)))
    assert new.terms and old.terms
    assert bool(asked) == bool(reasons) == bool(worse(new.terms, old.terms)) == (now > before or days > days_before)
    assert asked in ((), (DEEP,))


def test_a_rule_that_was_not_asked_is_asked_alone() -> None:
    asked = to_ask(quote(option(30, (DEEP, THIN)), before=quote(option(30))))
    assert asked == ((THIN,), ("thin was not asked before",))
    higher = replace(DEEP, stages=(("deal_desk",), ("board",)))
    assert to_ask(quote(option(30, (higher,)), before=quote(option(30))))[0] == (higher,)


def test_another_account_or_option_asks_all() -> None:
    before = quote(option(30))
    other = quote(option(30), before=before, account="accounts/b")
    assert to_ask(other) == ((DEEP,), ("it is for another account than was approved: accounts/a",))
    assert to_ask(quote(option(30), option(10, (), "large"), before=before))[1] == ("option large: it is new",)
    # what is worse, but asks for nothing, is approved by itself
    assert to_ask(quote(option(31, ()), before=before)) == ((), ())


def test_a_request_shows_both_sides_and_bars_who_made_the_deal() -> None:
    request = request_of(quote(option(35), before=quote(option(30))), (DEEP,))
    assert (request.barred, request.requester) == (("sam", "sue"), "sue")
    seen, hidden = (shown(request.compared[0], costs) for costs in (True, False))
    assert seen.now and seen.before and hidden.now and hidden.before
    assert (seen.now.discount_micros, seen.before.discount_micros) == (350_000, 300_000)
    assert (seen.now.margin_micros, seen.before.margin_micros) == (384_615, 428_571)  # 25 of 65, 30 of 70
    assert hidden == replace(seen, now=hidden.now, before=hidden.before, products=hidden.products) and {
        hidden.now.margin_micros,
        hidden.now.cost_amount_micros,
        hidden.products[0].now.cost_amount_micros,
    } == {None}  # type: ignore[union-attr]


def test_of_many_products_those_that_weigh_most_are_shown() -> None:
    products = {f"p{i}": Part(listed=i, net=i, sold=-i if i % 2 else i) for i in range(50)}
    terms = Terms(currency_code="EUR", whole=part(30), products=products)
    made = quote(Option(option_id="basic", needs=(DEEP,), terms=terms))
    found = [one.product for one in shown(request_of(made, needs_of(made)).compared[0], True).products]
    assert found == [f"p{i}" for i in range(49, 49 - MOST_PRODUCTS, -1)]
