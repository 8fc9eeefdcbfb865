"""Leads, routing, next steps and opportunities as values."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lifecycle.approval import APPROVALS
from engine.lifecycle.lead import LEADS, Lead
from engine.lifecycle.machine import Machine
from engine.lifecycle.next_step import ACTIVITIES, Activity, ActivityStatus, NextStep, next_step
from engine.lifecycle.opportunity import OPPORTUNITIES, Opportunity, OpportunityStatus, summed
from engine.lifecycle.parties import ACCOUNTS, Contact
from engine.lifecycle.pipeline import PIPELINE, ForecastCategory
from engine.lifecycle.routing import Routing, RoutingRule
from engine.values.refusal import Refused
from engine.values.roles import Role


@pytest.mark.parametrize(("machine", "one"), [(LEADS, "a lead"), (ACCOUNTS, "an account"), (APPROVALS, "an approval")])
def test_a_refusal_says_it_in_english(machine: Machine, one: str) -> None:  # type: ignore[type-arg]
    verb = list(machine.verbs)[-1]
    with pytest.raises(Refused, match=f"may not {verb} {one}: "):
        machine.may(verb, Role.STOREFRONT)
    with pytest.raises(Refused, match=f"^{one} that is LOST"):
        machine.step("LOST", verb)


@pytest.mark.parametrize("machine", [LEADS, OPPORTUNITIES, ACTIVITIES], ids=lambda one: one.noun)
def test_every_status_can_be_reached_and_said(machine: Machine) -> None:  # type: ignore[type-arg]
    statuses = type(machine.start)
    reached = {machine.start} | {verb.leads[one] for verb in machine.verbs.values() for one in verb.leads}
    assert reached == set(statuses)
    for status in statuses:
        for name, verb in machine.verbs.items():
            if status in verb.leads:
                assert machine.step(status, name) is verb.leads[status]
            else:
                with pytest.raises(Refused, match=f"that is {status}"):
                    machine.step(status, name)


def test_a_lead_that_takes_in_another_keeps_what_it_knew() -> None:
    ann = Lead(
        name="leads/a",
        person=Contact(display_name="Ann", email="ann@b.example"),
        score=3,
        book="books/x",
        products=("p",),
    )
    other = Lead(
        name="leads/b", person=Contact(display_name="Anna", phone="+31201234567"), company="Acme", score=9,
        book="books/x", products=("q", "p"), interest="Fifty seats",
    )  # fmt: skip
    joined = ann.joined(other)
    assert joined.person == Contact(display_name="Ann", email="ann@b.example", phone="+31201234567")
    assert (joined.company, joined.score, joined.products, joined.merged) == ("Acme", 9, ("p", "q"), ("leads/b",))
    assert ann.joined(replace(other, book="books/y")).products == ("p",), "products of another book are none of its own"


def test_an_erased_lead_says_nothing_of_anybody() -> None:
    lead = Lead(
        company="Acme",
        person=Contact(display_name="Ann"),
        interest="x",
        note="y",
        next_step=NextStep(text="z"),
        country_code="NL",
    )
    empty = lead.erased()
    assert (empty.company, empty.person, empty.interest, empty.note, empty.next_step) == ("", None, "", "", None)
    assert lead.match and not empty.match


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({}, True), ({"sources": ("web", "fair")}, True), ({"sources": ("fair",)}, False), ({"country_codes": ("BE",)}, False),
        ({"products": ("seat",)}, True), ({"families": ("crm",)}, True), ({"products": ("x",), "families": ("crm",)}, True),
        ({"families": ("erp",)}, False), ({"least_score": 40}, True), ({"least_score": 41}, False),
        ({"sources": ("web",), "country_codes": ("BE",)}, False),
    ],
)  # fmt: skip
def test_a_rule_fits_where_all_it_says_is_so(rule: dict[str, object], fits: bool) -> None:
    lead = Lead(source="web", country_code="NL", products=("seat",), families=("crm",), score=40)
    assert RoutingRule(**rule).fits(lead) is fits  # type: ignore[arg-type]


def test_the_first_rule_that_fits_counts() -> None:
    first, second = RoutingRule(id="a", sources=("fair",)), RoutingRule(id="b")
    assert Routing(rules=(first, second)).rule_for(Lead(source="web")) is second
    assert Routing(rules=(first,)).rule_for(Lead(source="web")) is None


_ACTIVITIES = st.builds(
    Activity, name=st.uuids().map(str), status=st.sampled_from(list(ActivityStatus)), due_time=st.integers(0, 5),
    time=st.integers(0, 5), subject=st.text(max_size=3),
)  # fmt: skip


@given(st.lists(_ACTIVITIES, max_size=8), st.booleans())
def test_the_next_step_is_the_earliest_open_task(found: list[Activity], by_hand: bool) -> None:
    said = NextStep(text="by hand") if by_hand else NextStep(text="old", activity="activities/gone")
    step = next_step(found, said)
    times = [
        one.due_time or one.time for one in found if one.status is ActivityStatus.OPEN and (one.due_time or one.time)
    ]
    if times:
        assert step is not None and step.due_time == min(times)
        assert step.activity in {one.name for one in found if (one.due_time or one.time) == min(times)}
    else:
        assert step == (said if by_hand else None)


def test_a_stage_gives_its_probability_and_is_kept() -> None:
    proposal = PIPELINE.stage("proposal")
    assert proposal
    deal = Opportunity().at(PIPELINE.stages[0], 1, "jo").at(proposal, 2, "sam")
    assert (deal.stage, deal.probability_percent, deal.forecast_category) == (
        "proposal",
        50,
        ForecastCategory.BEST_CASE,
    )
    assert [(one.stage, one.enter_time, one.by) for one in deal.history] == [
        ("qualification", 1, "jo"),
        ("proposal", 2, "sam"),
    ]
    won, lost = (deal.closed(one, "price", "", 3) for one in (OpportunityStatus.WON, OpportunityStatus.LOST))
    assert (won.probability_percent, won.forecast_category, won.close_time) == (100, ForecastCategory.CLOSED, 3)
    assert (lost.probability_percent, lost.forecast_category) == (0, ForecastCategory.OMITTED)


_DEALS = st.builds(
    Opportunity, stage=st.sampled_from(["a", "b"]), currency_code=st.sampled_from(["EUR", "USD"]),
    amount_micros=st.integers(0, 10**17), probability_percent=st.integers(0, 100),
)  # fmt: skip


@given(st.lists(_DEALS, max_size=20))
def test_sums_are_exact_and_rounded_once(deals: list[Opportunity]) -> None:
    rows = {(row.stage, row.currency_code): row for row in summed(deals)}
    assert sum(row.count for row in rows.values()) == len(deals)
    for key, row in rows.items():
        own = [one for one in deals if (one.stage, one.currency_code) == key]
        exact = sum((Fraction(one.amount_micros * (one.probability_percent or 0), 100) for one in own), Fraction())
        assert row.amount_micros == sum(one.amount_micros for one in own)
        assert -Fraction(1, 2) <= exact - row.weighted_micros < Fraction(1, 2), "half up"
