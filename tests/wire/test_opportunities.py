"""Opportunities, the pipeline and activities over the wire."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from quotient.v1 import accounts_pb2 as parties_pb
from quotient.v1 import activities_pb2
from quotient.v1 import opportunities_pb2 as pb
from tests.wire.deals import Deals
from tests.wire.selling import MANAGER, SELLER, as_role
from tests.wire.service import Service

pytestmark = pytest.mark.service


@pytest.fixture
def deals(service: Service) -> Iterator[Deals]:
    with service.channel() as channel:
        yield Deals(channel)


def refused(call: Any, *given: Any, metadata: Any = SELLER) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as error:
        call(*given, metadata=metadata)
    return error.value.code().name, error.value.details()  # type: ignore[union-attr]


def own_tenant(role: str = "manager") -> Any:
    return as_role(role, tenant=f"t-{uuid.uuid4().hex[:12]}")


def advance(deals: Deals, name: str, stage: str = "", metadata: Any = SELLER) -> pb.Opportunity:
    request = pb.AdvanceOpportunityRequest(name=name, stage=stage)
    return deals.opportunities.AdvanceOpportunity(request, metadata=metadata)


def test_a_deal_goes_through_its_stages_and_is_won(deals: Deals) -> None:
    made = deals.deal(
        amount_micros=7, currency_code="eur", close_date={"year": 2027, "month": 3, "day": 31}, competitors=["Rival"]
    )
    assert (made.stage, made.probability_percent, made.owner, made.currency_code) == (
        "qualification",
        10,
        "a-seller",
        "EUR",
    )
    assert advance(deals, made.name).stage == "discovery"
    assert advance(deals, made.name, "negotiation").forecast_category == pb.Stage.COMMIT
    assert advance(deals, made.name, "proposal").probability_percent == 50, "back again"
    assert "last stage" in refused_at_the_end(deals)
    status, said = refused(
        deals.opportunities.AdvanceOpportunity, pb.AdvanceOpportunityRequest(name=made.name, stage="x")
    )
    assert status == "INVALID_ARGUMENT" and "negotiation" in said
    assert (
        "relationship"
        in refused(deals.opportunities.WinOpportunity, pb.WinOpportunityRequest(name=made.name, reason="luck"))[1]
    )
    won = deals.win(made.name)
    assert (won.status, won.probability_percent, won.forecast_category, won.reason) == (
        pb.Opportunity.WON,
        100,
        pb.Stage.CLOSED,
        "price",
    )
    assert [one.stage for one in won.history] == ["qualification", "discovery", "negotiation", "proposal"]
    assert all(one.by == "a-seller" and one.enter_time.seconds for one in won.history) and won.close_time.seconds
    opened = deals.opportunities.ReopenOpportunity(pb.ReopenOpportunityRequest(name=made.name), metadata=MANAGER)
    assert (opened.status, opened.stage, opened.probability_percent, opened.reason) == (
        pb.Opportunity.OPEN,
        "proposal",
        50,
        "",
    )
    assert len(opened.history) == 5 and not opened.HasField("close_time")


def refused_at_the_end(deals: Deals) -> str:
    made = deals.deal(stage="negotiation")
    return refused(deals.opportunities.AdvanceOpportunity, pb.AdvanceOpportunityRequest(name=made.name))[1]


@pytest.mark.parametrize(
    ("more", "field", "status"),
    [
        ({"display_name": " "}, "opportunity.display_name", "INVALID_ARGUMENT"),
        ({"account": "accounts/none"}, "opportunity.account", "NOT_FOUND"),
        ({"account": "leads/x"}, "opportunity.account", "INVALID_ARGUMENT"),
        ({"amount_micros": 1}, "opportunity.currency_code", "INVALID_ARGUMENT"),
        ({"amount_micros": -1, "currency_code": "EUR"}, "opportunity.amount_micros", "INVALID_ARGUMENT"),
        ({"probability_percent": 101}, "opportunity.probability_percent", "INVALID_ARGUMENT"),
        ({"stage": "none"}, "stage", "INVALID_ARGUMENT"),
        ({"close_date": {"year": 2027, "month": 2, "day": 30}}, "opportunity.close_date", "INVALID_ARGUMENT"),
    ],
)
def test_what_is_wrong_is_named(deals: Deals, more: dict[str, Any], field: str, status: str) -> None:
    with pytest.raises(grpc.RpcError) as error:
        deals.deal(**more)
    assert error.value.code().name == status  # type: ignore[union-attr]
    assert field.encode() in dict(error.value.trailing_metadata())["grpc-status-details-bin"]  # type: ignore[union-attr]


def test_probability_and_forecast_may_be_said_by_hand(deals: Deals) -> None:
    made = deals.deal(probability_percent=0)
    assert made.probability_percent == 0 and made.HasField("probability_percent")
    change = pb.UpdateOpportunityRequest(
        opportunity=pb.Opportunity(name=made.name, forecast_category=pb.Stage.COMMIT, probability_percent=95),
        update_mask=FieldMask(paths=["forecast_category", "probability_percent"]),
    )
    changed = deals.opportunities.UpdateOpportunity(change, metadata=SELLER)
    assert (changed.forecast_category, changed.probability_percent) == (pb.Stage.COMMIT, 95)
    assert advance(deals, made.name).probability_percent == 25, "the next stage says its own"
    moved = pb.UpdateOpportunityRequest(opportunity=pb.Opportunity(name=made.name, stage="proposal"))
    assert refused(deals.opportunities.UpdateOpportunity, moved)[0] == "INVALID_ARGUMENT"


def test_a_blocked_account_has_no_new_deals(deals: Deals) -> None:
    account = deals.make()
    deals.accounts.BlockAccount(parties_pb.BlockAccountRequest(name=account.name, reason="late"), metadata=MANAGER)
    with pytest.raises(grpc.RpcError, match="no new business"):
        deals.deal(account=account.name)


def test_a_pipeline_is_summed_by_stage_and_currency(deals: Deals) -> None:
    tenant = own_tenant()
    account = deals.make(tenant).name
    for amount, currency, stage, owner in (
        (5, "EUR", "", "jo"), (10, "EUR", "", "jo"), (3, "USD", "", "jo"), (7, "EUR", "proposal", "sam"), (0, "", "negotiation", "jo"),
    ):  # fmt: skip
        deals.deal(tenant, account, amount_micros=amount, currency_code=currency, stage=stage, owner=owner)
    deals.win(deals.deal(tenant, account, amount_micros=100, currency_code="EUR").name, metadata=tenant)
    rows = deals.opportunities.SummarizePipeline(pb.SummarizePipelineRequest(), metadata=tenant).rows
    assert [(r.stage, r.currency_code, r.count, r.amount_micros, r.weighted_micros) for r in rows] == [
        ("qualification", "EUR", 2, 15, 2), ("qualification", "USD", 1, 3, 0), ("proposal", "EUR", 1, 7, 4), ("negotiation", "", 1, 0, 0),
    ]  # fmt: skip
    own = pb.SummarizePipelineRequest(filter="owner = sam")
    assert [r.amount_micros for r in deals.opportunities.SummarizePipeline(own, metadata=tenant).rows] == [7]
    wrong = pb.SummarizePipelineRequest(filter="status = WON")
    assert refused(deals.opportunities.SummarizePipeline, wrong, metadata=tenant)[0] == "INVALID_ARGUMENT"
    assert not deals.opportunities.SummarizePipeline(pb.SummarizePipelineRequest(), metadata=own_tenant()).rows


def test_a_tenant_has_its_own_stages_and_reasons(deals: Deals) -> None:
    tenant = own_tenant()
    pipeline = deals.opportunities.GetPipeline(pb.GetPipelineRequest(), metadata=tenant)
    assert (len(pipeline.stages), pipeline.etag) == (4, "0")
    made = deals.deal(tenant, deals.make(tenant).name, stage="discovery")
    stages = [
        pb.Stage(id="demo", probability_percent=30),
        pb.Stage(id="offer", probability_percent=60, forecast_category=pb.Stage.COMMIT),
    ]
    change = pb.UpdatePipelineRequest(pipeline=pb.Pipeline(stages=stages, loss_reasons=["rain"]))
    status, said = refused(deals.opportunities.UpdatePipeline, change, metadata=tenant)
    assert status == "FAILED_PRECONDITION" and "discovery" in said
    deals.win(made.name, metadata=tenant)
    changed = deals.opportunities.UpdatePipeline(change, metadata=tenant)
    assert ([one.id for one in changed.stages], list(changed.loss_reasons), len(changed.win_reasons)) == (
        ["demo", "offer"],
        ["rain"],
        5,
    )
    assert deals.deal(tenant, made.account).stage == "demo"
    opened = deals.opportunities.ReopenOpportunity(pb.ReopenOpportunityRequest(name=made.name), metadata=tenant)
    assert opened.stage == "demo", "the stage it was in is gone"
    lost = pb.LoseOpportunityRequest(name=made.name, reason="rain")
    assert deals.opportunities.LoseOpportunity(lost, metadata=tenant).forecast_category == pb.Stage.OMITTED
    assert refused(deals.opportunities.UpdatePipeline, change)[0] == "PERMISSION_DENIED"
    for wrong in (
        {"stages": [pb.Stage(id="A")]}, {"stages": stages[:1] * 2}, {"win_reasons": [" "]},
        {"stages": [pb.Stage(id="a", probability_percent=101)]},
    ):  # fmt: skip
        request = pb.UpdatePipelineRequest(pipeline=pb.Pipeline(**wrong))
        assert refused(deals.opportunities.UpdatePipeline, request, metadata=tenant)[0] == "INVALID_ARGUMENT"


def test_lists_are_by_what_a_filter_says(deals: Deals) -> None:
    account = deals.make().name
    made = [deals.deal(account=account, stage=stage).name for stage in ("proposal", "discovery", "proposal")]
    deals.win(made[0])
    asked = f'account = "{account}" AND stage = proposal AND forecast_category = BEST_CASE'
    found = deals.opportunities.ListOpportunities(pb.ListOpportunitiesRequest(filter=asked), metadata=SELLER)
    assert [one.name for one in found.opportunities] == [made[2]]


def test_another_tenant_sees_and_does_nothing(deals: Deals) -> None:
    made = deals.deal()
    other = as_role("administrator", tenant="other")
    for call, request in (
        (deals.opportunities.GetOpportunity, pb.GetOpportunityRequest(name=made.name)),
        (deals.opportunities.AdvanceOpportunity, pb.AdvanceOpportunityRequest(name=made.name)),
        (deals.opportunities.WinOpportunity, pb.WinOpportunityRequest(name=made.name, reason="price")),
        (deals.activities.CreateActivity, activities_pb2.CreateActivityRequest(
            activity=activities_pb2.Activity(parent=made.name, subject="x"))),
    ):  # fmt: skip
        assert refused(call, request, metadata=other)[0] == "NOT_FOUND"


# ---------------------------------------------------------------- activities


def test_the_next_step_is_the_earliest_open_task(deals: Deals) -> None:
    deal = deals.deal(next_step={"text": "think"})
    late = deals.task(deal.name, due=2_000_000_000, subject="late")
    early = deals.task(deal.name, due=1_900_000_000, subject="early")
    assert deals.deal_now(deal.name).next_step.activity == early.name
    by_hand = pb.UpdateOpportunityRequest(opportunity=pb.Opportunity(name=deal.name, next_step={"text": "mine"}))
    status, said = refused(deals.opportunities.UpdateOpportunity, by_hand)
    assert status == "FAILED_PRECONDITION" and early.name in said
    done = deals.activities.CompleteActivity(activities_pb2.CompleteActivityRequest(name=early.name), metadata=SELLER)
    assert done.done_time.seconds and deals.deal_now(deal.name).next_step.text == "late"
    change = activities_pb2.UpdateActivityRequest(activity={"name": late.name, "subject": "later"})
    deals.activities.UpdateActivity(change, metadata=SELLER)
    assert deals.deal_now(deal.name).next_step.text == "later"
    deals.activities.CancelActivity(activities_pb2.CancelActivityRequest(name=late.name), metadata=SELLER)
    after = deals.deal_now(deal.name)
    assert not after.HasField("next_step") and after.activity_time.seconds
    assert deals.opportunities.UpdateOpportunity(by_hand, metadata=SELLER).next_step.text == "mine"


def test_what_has_happened_is_done_at_once(deals: Deals) -> None:
    lead = deals.lead()
    call = deals.task(lead.name, done=True, kind=activities_pb2.Activity.CALL, time={"seconds": 1_700_000_000})
    assert (call.status, call.done_time.seconds, call.owner) == (
        activities_pb2.Activity.DONE,
        1_700_000_000,
        "a-seller",
    )
    assert not deals.lead_now(lead.name).HasField("next_step")
    for parent, status in (
        ("accounts/x", "INVALID_ARGUMENT"),
        ("leads/none", "NOT_FOUND"),
        ("nothing", "INVALID_ARGUMENT"),
    ):
        request = activities_pb2.CreateActivityRequest(activity=activities_pb2.Activity(parent=parent, subject="x"))
        assert refused(deals.activities.CreateActivity, request)[0] == status
    nothing = activities_pb2.CreateActivityRequest(activity=activities_pb2.Activity(parent=lead.name, subject=" "))
    assert refused(deals.activities.CreateActivity, nothing)[0] == "INVALID_ARGUMENT"


def test_tasks_made_at_once_leave_the_earliest_as_the_next_step(deals: Deals) -> None:
    lead = deals.lead()
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda i: deals.task(lead.name, due=1_900_000_000 - i, subject=str(i)), range(8)))
    now = deals.lead_now(lead.name)
    assert (now.next_step.activity, now.etag) == (made[-1].name, "9")
