"""Leads over the wire: captured once, found again, given to those whose they are, qualified whole, merged, erased; by others, not at all."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from quotient.v1 import accounts_pb2 as parties_pb
from quotient.v1 import activities_pb2, history_pb2
from quotient.v1 import leads_pb2 as pb
from quotient.v1 import opportunities_pb2 as deals_pb
from tests.wire.deals import Deals, person
from tests.wire.selling import ADMIN, MANAGER, SELLER, as_role
from tests.wire.service import Service

pytestmark = pytest.mark.service
STOREFRONT = as_role("storefront")


@pytest.fixture
def deals(service: Service) -> Iterator[Deals]:
    with service.channel() as channel:
        yield Deals(channel)


def refused(call: Any, *given: Any, metadata: Any = SELLER) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as error:
        call(*given, metadata=metadata)
    return error.value.code().name, error.value.details()  # type: ignore[union-attr]


def own_tenant(role: str = "seller") -> Any:
    return as_role(role, tenant=f"t-{uuid.uuid4().hex[:12]}")


# ---------------------------------------------------------------- captured


def test_a_lead_is_kept_in_its_one_form(deals: Deals) -> None:
    made = deals.lead(
        person=person(phone="020 1234567"),
        country_code="nl",
        language_code="NL",
        source=" web ",
        book="books/saas",
        products=["seat"],
        score=5,
    )
    assert deals.lead_now(made.name) == made
    assert (made.status, made.country_code, made.person.phone, made.source) == (
        pb.Lead.NEW,
        "NL",
        "+31201234567",
        "web",
    )
    assert list(made.families) == ["crm"], "as the book has it"
    nowhere = deals.lead(book="books/none", products=["seat"])
    assert not nowhere.families and list(nowhere.products) == ["seat"], (
        "a lead is not lost for a book that is not there"
    )


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"person": None}, "lead.person"), ({"score": 101}, "lead.score"), ({"country_code": "XX"}, "lead.country_code"),
        ({"person": parties_pb.Contact(email="nobody")}, "lead.person.email"), ({"book": "saas"}, "lead.book"),
        ({"person": parties_pb.Contact(phone="12")}, "lead.person.phone"), ({"interest": "x" * 20_000}, "lead.interest"),
        ({"source": "x" * 201}, "lead.source"), ({"owner": "a\nb"}, "lead.owner"), ({"products": ["x"] * 2_001}, "lead.products"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(deals: Deals, more: dict[str, Any], field: str) -> None:
    with pytest.raises(grpc.RpcError) as error:
        deals.lead(**more)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT  # type: ignore[union-attr]
    assert field.encode() in dict(error.value.trailing_metadata())["grpc-status-details-bin"]  # type: ignore[union-attr]


def test_a_storefront_captures_and_learns_nothing(deals: Deals) -> None:
    somebody = person()
    deals.lead(person=somebody)
    request_id = uuid.uuid4().hex
    made = deals.lead(STOREFRONT, request_id, person=somebody, interest="fifty seats")
    assert {field.name for field, _ in made.ListFields()} == {"name", "status", "create_time"}
    assert deals.lead(STOREFRONT, request_id, person=somebody, interest="fifty seats") == made
    assert deals.lead_now(made.name).may_duplicate, "those inside learn it"
    for more in ({"owner": "jo"}, {"score": 9}, {"note": "x"}, {"next_step": deals_pb.NextStep(text="x")}):
        request = pb.CaptureLeadRequest(lead=pb.Lead(person=person(), **more))
        assert refused(deals.leads.CaptureLead, request, metadata=STOREFRONT)[0] == "PERMISSION_DENIED"
    get = pb.GetLeadRequest(name=made.name)
    assert refused(deals.leads.GetLead, get, metadata=STOREFRONT)[0] == "PERMISSION_DENIED"
    assert refused(deals.leads.ListLeads, pb.ListLeadsRequest(), metadata=STOREFRONT)[0] == "PERMISSION_DENIED"
    many = pb.CaptureLeadsRequest(leads=[pb.Lead(person=person())])
    assert refused(deals.leads.CaptureLeads, many, metadata=STOREFRONT)[0] == "PERMISSION_DENIED"


def test_a_batch_that_is_sent_again_makes_none_twice(deals: Deals) -> None:
    tenant, request_id = own_tenant(), uuid.uuid4().hex
    rows = [
        pb.Lead(person=person()),
        pb.Lead(person=person(email="nobody")),
        pb.Lead(company="Acme", country_code="NL"),
    ]
    request = pb.CaptureLeadsRequest(leads=rows, request_id=request_id)
    first = deals.leads.CaptureLeads(request, metadata=tenant).answers
    assert [one.WhichOneof("answer") for one in first] == ["lead", "error", "lead"]
    assert first[1].error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0] and "mail" in first[1].error.message
    assert list(deals.leads.CaptureLeads(request, metadata=tenant).answers) == list(first)
    rows[1].person.email = "somebody@example.org"  # what was wrong is put right, the rest is as it was
    again = deals.leads.CaptureLeads(pb.CaptureLeadsRequest(leads=rows, request_id=request_id), metadata=tenant).answers
    assert (again[0], again[2]) == (first[0], first[2]) and again[1].lead.name
    rows[0].company = "Another"
    other = deals.leads.CaptureLeads(pb.CaptureLeadsRequest(leads=rows, request_id=request_id), metadata=tenant).answers
    assert other[0].error.code == grpc.StatusCode.ALREADY_EXISTS.value[0]
    assert len(deals.leads.ListLeads(pb.ListLeadsRequest(), metadata=tenant).leads) == 3


def test_a_batch_has_at_most_500(deals: Deals) -> None:
    status, said = refused(deals.leads.CaptureLeads, pb.CaptureLeadsRequest(leads=[pb.Lead(company="x")] * 501))
    assert (status, "500" in said) == ("INVALID_ARGUMENT", True)


# ---------------------------------------------------------------- duplicates, merging


def test_those_of_the_same_party_are_found(deals: Deals) -> None:
    tenant = own_tenant()
    mail = deals.lead(tenant, person=person(email="Ann@acme.example"))
    phone = deals.lead(tenant, person=person(phone="+31 20 765 4321"))
    company = deals.lead(tenant, company="Acme Tools B.V.")
    known = deals.make(tenant, display_name="Other", contacts=[parties_pb.Contact(email="bob@other.example")])
    by = {
        "ann+fair@ACME.example": {mail.name}, "bob@other.example": {known.name}, "nobody@acme.example": set(),
    }  # fmt: skip
    for address, found in by.items():
        assert set(deals.lead(tenant, person=person(email=address)).may_duplicate) == found
    assert set(deals.lead(tenant, person=person(phone="020 7654321")).may_duplicate) == {phone.name}
    assert set(deals.lead(tenant, company="ACME TOOLS").may_duplicate) == {company.name}
    assert not deals.lead(tenant, company="ACME TOOLS", country_code="BE").may_duplicate
    assert not deals.lead(own_tenant(), company="ACME TOOLS").may_duplicate, "another tenant knows nobody"
    nearer = pb.UpdateLeadRequest(lead=pb.Lead(name=mail.name, person=person(email="moved@acme.example")))
    deals.leads.UpdateLead(nearer, metadata=tenant)
    assert mail.name in deals.lead(tenant, person=person(email="moved@acme.example")).may_duplicate


def test_merged_leads_are_one_with_their_activities(deals: Deals) -> None:
    kept, other = deals.lead(company="Acme"), deals.lead(person=person(phone="+31201234568"), score=30)
    deals.task(kept.name, due=2_000_000_000)
    moved = deals.task(other.name, due=1_900_000_000)
    merge = pb.MergeLeadRequest(name=other.name, into=kept.name, request_id=uuid.uuid4().hex)
    one = deals.leads.MergeLead(merge, metadata=SELLER)
    assert (one.name, one.company, one.person.phone, one.score) == (kept.name, "Acme", "+31201234568", 30)
    assert (list(one.merged), one.next_step.activity) == ([other.name], moved.name)
    ended = deals.lead_now(other.name)
    assert (ended.status, ended.reason, ended.merged_into) == (pb.Lead.DISQUALIFIED, "duplicate", kept.name)
    listed = activities_pb2.ListActivitiesRequest(filter=f'parent = "{kept.name}"')
    assert len(deals.activities.ListActivities(listed, metadata=SELLER).activities) == 2
    assert deals.leads.MergeLead(merge, metadata=SELLER) == one
    assert "merged into" in refused(deals.leads.ReopenLead, pb.ReopenLeadRequest(name=other.name))[1]
    itself = pb.MergeLeadRequest(name=kept.name, into=kept.name)
    assert refused(deals.leads.MergeLead, itself)[0] == "INVALID_ARGUMENT"
    into_closed = pb.MergeLeadRequest(name=kept.name, into=other.name)
    assert refused(deals.leads.MergeLead, into_closed)[0] == "FAILED_PRECONDITION"


# ---------------------------------------------------------------- owners


def test_rules_say_whose_a_lead_is(deals: Deals) -> None:
    tenant = own_tenant("manager")
    rules = [
        pb.RoutingRule(id="belgium", country_codes=["be"], owners=["els"]),
        pb.RoutingRule(id="hot", least_score=80, owners=["max"]),
        pb.RoutingRule(id="rest", owners=["a", "b", "c"]),
    ]
    said = pb.UpdateRoutingRequest(routing=pb.Routing(rules=rules, etag="0"))
    set_rules = deals.leads.UpdateRouting(said, metadata=tenant)
    assert deals.leads.GetRouting(pb.GetRoutingRequest(), metadata=tenant) == set_rules
    assert refused(deals.leads.UpdateRouting, said, metadata=tenant)[0] == "ABORTED", "others have set some since"
    assert deals.lead(tenant, country_code="BE", score=90).owner == "els"
    assert deals.lead(tenant, score=90).owner == "max"
    assert [deals.lead(tenant).owner for _ in range(4)] == ["a", "b", "c", "a"]
    assert deals.lead(tenant, owner="own").owner == "own"
    denied = refused(deals.leads.UpdateRouting, said, metadata=SELLER)
    assert denied[0] == "PERMISSION_DENIED"
    for wrong in ([pb.RoutingRule(id="x")], [pb.RoutingRule(owners=["a"])], [pb.RoutingRule(id="x", owners=["a"])] * 2):
        request = pb.UpdateRoutingRequest(routing=pb.Routing(rules=wrong))
        assert refused(deals.leads.UpdateRouting, request, metadata=tenant)[0] == "INVALID_ARGUMENT"


def test_only_managers_give_a_lead_to_another(deals: Deals) -> None:
    made = deals.lead()
    change = pb.UpdateLeadRequest(lead=pb.Lead(name=made.name, owner="sam"))
    assert refused(deals.leads.UpdateLead, change)[0] == "PERMISSION_DENIED"
    assert deals.leads.UpdateLead(change, metadata=MANAGER).owner == "sam"
    worked = deals.leads.WorkLead(pb.WorkLeadRequest(name=deals.lead().name), metadata=SELLER)
    assert worked.owner == "a-seller", "what is nobody's is the one's who begins with it"


# ---------------------------------------------------------------- qualified, closed


def test_qualifying_makes_account_contact_and_opportunity_at_once(deals: Deals) -> None:
    somebody = person()
    lead = deals.lead(company="Acme BV", person=somebody, book="books/saas", products=["seat"])
    deal = deals_pb.Opportunity(amount_micros=5_000_000, currency_code="EUR")
    ask = pb.QualifyLeadRequest(name=lead.name, opportunity=deal, request_id=uuid.uuid4().hex)
    done = deals.leads.QualifyLead(ask, metadata=SELLER)
    account = deals.accounts.GetAccount(parties_pb.GetAccountRequest(name=done.account), metadata=SELLER)
    made = deals.deal_now(done.opportunity)
    assert (account.display_name, account.kind, account.contacts[0].email) == (
        "Acme BV",
        parties_pb.Account.ORGANIZATION,
        somebody.email,
    )
    assert (made.account, made.lead, made.stage, list(made.products)) == (
        account.name,
        lead.name,
        "qualification",
        ["seat"],
    )
    assert (made.amount_micros, made.owner, done.owner) == (5_000_000, "a-seller", "a-seller")
    assert deals.leads.QualifyLead(ask, metadata=SELLER) == done
    by_lead = deals_pb.ListOpportunitiesRequest(filter=f'lead = "{lead.name}"')
    assert len(deals.opportunities.ListOpportunities(by_lead, metadata=SELLER).opportunities) == 1


def test_qualifying_takes_an_account_that_is_there(deals: Deals) -> None:
    account = deals.make()
    lead = deals.lead(person=person())
    deals.leads.QualifyLead(pb.QualifyLeadRequest(name=lead.name, account=account.name), metadata=SELLER)
    again = deals.lead(person=parties_pb.Contact(email="ANN@acme.example"))
    deals.leads.QualifyLead(pb.QualifyLeadRequest(name=again.name, account=account.name), metadata=SELLER)
    now = deals.accounts.GetAccount(parties_pb.GetAccountRequest(name=account.name), metadata=SELLER)
    assert len(now.contacts) == 2, "one came, the other was there"
    deals.accounts.BlockAccount(parties_pb.BlockAccountRequest(name=account.name, reason="late"), metadata=MANAGER)
    blocked = pb.QualifyLeadRequest(name=deals.lead().name, account=account.name)
    assert refused(deals.leads.QualifyLead, blocked)[0] == "FAILED_PRECONDITION"
    assert deals.lead_now(blocked.name).status == pb.Lead.NEW
    nowhere = pb.QualifyLeadRequest(name=blocked.name, account="accounts/none")
    assert refused(deals.leads.QualifyLead, nowhere)[0] == "NOT_FOUND"


def test_a_person_without_a_company_is_an_account_of_a_person(deals: Deals) -> None:
    done = deals.leads.QualifyLead(
        pb.QualifyLeadRequest(name=deals.lead().name, account_id=f"z-{uuid.uuid4().hex[:8]}"), metadata=SELLER
    )
    account = deals.accounts.GetAccount(parties_pb.GetAccountRequest(name=done.account), metadata=SELLER)
    assert (account.kind, account.display_name) == (parties_pb.Account.PERSON, "Zoë Quarles")
    taken = pb.QualifyLeadRequest(name=deals.lead().name, account_id=account.name.partition("/")[2])
    assert refused(deals.leads.QualifyLead, taken)[0] == "ALREADY_EXISTS"
    assert deals.lead_now(taken.name).status == pb.Lead.NEW, "all or nothing"


def test_of_two_who_qualify_at_once_one_does(deals: Deals) -> None:
    lead = deals.lead(company="Acme")
    ask = pb.QualifyLeadRequest(name=lead.name)

    def qualify(_: int) -> str:
        try:
            return str(deals.leads.QualifyLead(ask, metadata=SELLER).opportunity)
        except grpc.RpcError as error:
            return error.code().name  # type: ignore[no-any-return]

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(qualify, range(8)))
    assert found[:-1] == ["FAILED_PRECONDITION"] * 7 and found[-1] == deals.lead_now(lead.name).opportunity


def test_a_lead_is_closed_for_a_reason_on_the_list(deals: Deals) -> None:
    lead = deals.lead()
    status, said = refused(deals.leads.DisqualifyLead, pb.DisqualifyLeadRequest(name=lead.name, reason="mood"))
    assert status == "INVALID_ARGUMENT" and "no-budget" in said
    closed = deals.leads.DisqualifyLead(
        pb.DisqualifyLeadRequest(name=lead.name, reason="spam", note="!"), metadata=SELLER
    )
    assert (closed.status, closed.reason, closed.note) == (pb.Lead.DISQUALIFIED, "spam", "!")
    opened = deals.leads.ReopenLead(pb.ReopenLeadRequest(name=lead.name), metadata=SELLER)
    assert (opened.status, opened.reason, opened.note) == (pb.Lead.WORKING, "", "")


def test_lists_are_by_what_a_filter_says(deals: Deals) -> None:
    source = uuid.uuid4().hex
    made = [deals.lead(source=source, owner=owner).name for owner in ("jo", "sam", "jo")]
    request = pb.ListLeadsRequest(filter=f"source = {source} AND owner = jo AND status = NEW")
    assert [one.name for one in deals.leads.ListLeads(request, metadata=SELLER).leads] == [made[2], made[0]]
    assert refused(deals.leads.ListLeads, pb.ListLeadsRequest(filter="match = x"))[0] == "INVALID_ARGUMENT"


def test_an_old_etag_and_another_tenant_are_refused(deals: Deals) -> None:
    lead = deals.lead()
    change = pb.UpdateLeadRequest(
        lead=pb.Lead(name=lead.name, etag="1", interest="seats"), update_mask=FieldMask(paths=["interest"])
    )
    assert deals.leads.UpdateLead(change, metadata=SELLER).etag == "2"
    assert refused(deals.leads.UpdateLead, change)[0] == "ABORTED"
    other = as_role("administrator", tenant="other")
    for call, request in (
        (deals.leads.GetLead, pb.GetLeadRequest(name=lead.name)), (deals.leads.WorkLead, pb.WorkLeadRequest(name=lead.name)),
        (deals.leads.EraseLead, pb.EraseLeadRequest(name=lead.name)), (deals.leads.QualifyLead, pb.QualifyLeadRequest(name=lead.name)),
        (deals.leads.AssignLead, pb.AssignLeadRequest(name=lead.name, owner="x")),
        (deals.leads.MergeLead, pb.MergeLeadRequest(name=lead.name, into=lead.name)),
    ):  # fmt: skip
        assert refused(call, request, metadata=other)[0] == "NOT_FOUND"
    assert not deals.leads.ListLeads(pb.ListLeadsRequest(), metadata=other).leads


def test_what_is_erased_is_gone(deals: Deals) -> None:
    lead = deals.lead(company="Acme", interest="seats")
    task = deals.task(lead.name)
    erased = deals.leads.EraseLead(pb.EraseLeadRequest(name=lead.name, reason="article 17"), metadata=ADMIN)
    assert (erased.status, erased.company, erased.interest, erased.HasField("person")) == (
        pb.Lead.ERASED,
        "",
        "",
        False,
    )
    gone = deals.activities.GetActivity(activities_pb2.GetActivityRequest(name=task.name), metadata=SELLER)
    assert (gone.subject, gone.parent) == ("", lead.name)
    status, _ = refused(deals.activities.CreateActivity, activities_pb2.CreateActivityRequest(
        activity=activities_pb2.Activity(parent=lead.name, subject="x")))  # fmt: skip
    assert status == "FAILED_PRECONDITION"


def test_what_is_said_while_a_lead_is_erased_is_erased_or_refused(deals: Deals) -> None:
    tenant = own_tenant("administrator")
    lead = deals.lead(tenant)

    def say(i: int) -> str:
        comment = history_pb2.Comment(parent=lead.name, text=f"Zoë said {i}")
        try:
            return str(deals.comments.AddComment(history_pb2.AddCommentRequest(comment=comment), metadata=tenant).name)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.FAILED_PRECONDITION:
                raise
            return ""

    def erase() -> pb.Lead:
        while True:
            try:
                return deals.leads.EraseLead(pb.EraseLeadRequest(name=lead.name), metadata=tenant)
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.ABORTED:  # others were quicker, again and again
                    raise

    with ThreadPoolExecutor(8) as pool:
        said = [pool.submit(say, i) for i in range(24)]
        erased = pool.submit(erase)
        said += [pool.submit(say, i) for i in range(24, 48)]
        names = {one.result() for one in said} - {""}
    assert erased.result().status == pb.Lead.ERASED
    trail = deals.history.ExportAudit(history_pb2.ExportAuditRequest(), metadata=tenant)
    told = [json.loads(line)["event"] for answer in trail for line in answer.lines.splitlines()]
    end = next(i for i, event in enumerate(told) if event["type"] == "LeadErased")
    assert names == {event["subject"] for event in told[:end] if event["type"] == "CommentAdded"}
    found = history_pb2.ListCommentsRequest(parent=lead.name, page_size=100)
    texts = {one.name: one.text for one in deals.comments.ListComments(found, metadata=tenant).comments}
    assert texts.keys() == names
    assert not any(texts.values())
