"""Requests for approval by Hypothesis: who decides in which order, who cannot, when others are asked; and the order of what options need."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lifecycle.approval import (
    Approval,
    ApprovalStatus,
    Patience,
    StepStatus,
    Way,
    cancelled,
    decided,
    escalated,
    opened,
    reminded,
)
from engine.lifecycle.needs import covered, joined, steps_of
from engine.lifecycle.quote import Need
from engine.values.refusal import Refused

HOUR = 3600 * 1_000_000
APPROVERS = ("deal_desk", "legal", "finance", "board")
PEOPLE = ("ann", "bob", "cas", "dee")
MEMBERS = {
    "deal_desk": {"ann", "bob"}, "legal": {"bob", "cas"}, "finance": {"cas", "dee"}, "board": {"dee", "ann"},
}  # fmt: skip
PATIENCE = {
    "deal_desk": Patience(HOUR, 3 * HOUR, "legal"), "legal": Patience(0, HOUR, "board"), "board": Patience(2 * HOUR, HOUR, "deal_desk"),
}  # fmt: skip


def patience(name: str) -> Patience:
    return PATIENCE.get(name, Patience())


def never(name: str) -> Patience:
    return Patience()


@st.composite
def needs(draw: st.DrawFn, most: int = 3) -> tuple[Need, ...]:
    stage = st.lists(st.sampled_from(APPROVERS), min_size=1, max_size=3, unique=True).map(tuple)
    stages = st.lists(stage, min_size=1, max_size=3).map(tuple)
    rules = draw(st.lists(st.sampled_from(("deep", "thin", "long")), min_size=1, max_size=most, unique=True))
    return tuple(Need(approval=rule, stages=draw(stages), because=rule) for rule in rules)


def request(asked: tuple[Need, ...], barred: tuple[str, ...] = ("sam",)) -> Approval:
    made = Approval(name="approvals/a", subject="quotes/q", requester="sam", barred=barred, steps=steps_of(asked))
    return opened(made, 1, never)


def ways_of(person: str) -> list[Way]:
    return [Way(name) for name in APPROVERS if person in MEMBERS[name]]


def attempt(approval: Approval, verb: str, person: str, now: int) -> Approval | str:
    """What comes of it: the request, or the reason that it is refused for."""
    try:
        return decided(approval, verb, ways_of(person), person, "no", now, never)
    except Refused as refused:
        return refused.reason


@given(needs(), st.sets(st.sampled_from(PEOPLE), max_size=2), st.lists(st.sampled_from(PEOPLE), max_size=25))
def test_it_is_approved_when_all_who_are_asked_agreed_and_only_then(
    asked: tuple[Need, ...], makers: set[str], deciders: list[str]
) -> None:
    approval = request(asked, tuple(sorted(makers)))
    wanted = {(need.approval, name) for need in asked for stage in need.stages for name in stage}
    for now, person in enumerate(deciders, 2):
        before = approval
        mine = {name for name in before.waiting_for if person in MEMBERS[name]}
        after = attempt(before, "approve", person, now)
        if isinstance(after, str):
            assert after == _refusal(before, bool(mine), person in makers)
            continue
        approval = after
        assert mine and person not in makers
        for was, is_ in zip(before.steps, approval.steps, strict=True):
            if was.status is StepStatus.PENDING and was.approver in mine:
                assert (is_.status, is_.decided_by, is_.decide_time) == (StepStatus.APPROVED, person, now)
            else:
                assert is_ == was or (was.status, is_.status) == (StepStatus.WAITING, StepStatus.PENDING)
    agreed = {(one.rule, one.approver) for one in approval.steps if one.status is StepStatus.APPROVED}
    assert (approval.status is ApprovalStatus.APPROVED) == (agreed == wanted)
    assert (approval.status is ApprovalStatus.PENDING) == bool(approval.waiting_for)
    _in_order(approval)


def _refusal(approval: Approval, asked: bool, maker: bool) -> str:
    if approval.status is not ApprovalStatus.PENDING:
        return "STATUS"
    return "OWN_DEAL" if maker else "" if asked else "NOT_ASKED"


def _in_order(approval: Approval) -> None:
    """No step is asked before all of the stages before it have agreed."""
    for rule in {one.rule for one in approval.steps}:
        steps = sorted((one for one in approval.steps if one.rule == rule), key=lambda one: one.stage)
        for one, later in pairwise(steps):
            if one.stage < later.stage and later.ask_time:
                assert one.status is StepStatus.APPROVED and one.decide_time <= later.ask_time
        open_ = {one.stage for one in steps if one.status is StepStatus.PENDING}
        assert len(open_) <= 1


@given(needs(), st.data())
def test_one_no_ends_it(asked: tuple[Need, ...], data: st.DataObject) -> None:
    approval = request(asked)
    person = data.draw(
        st.sampled_from([one for one in PEOPLE if set(ways_of(one)) & {Way(a) for a in approval.waiting_for}])
    )
    ended = attempt(approval, "reject", person, 5)
    assert isinstance(ended, Approval)
    assert (ended.status, ended.waiting_for, ended.dues(), ended.end_time) == (ApprovalStatus.REJECTED, (), {}, 5)
    rejected = [one for one in ended.steps if one.status is StepStatus.REJECTED]
    assert rejected and all(one.comment == "no" for one in rejected)
    with pytest.raises(Refused, match="cannot be told to approve"):
        decided(ended, "approve", ways_of(person), person, "", 6, never)


@given(st.sets(st.sampled_from(PEOPLE)), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE))
def test_a_delegate_decides_on_no_deal_of_either(makers: set[str], delegate: str, delegator: str) -> None:
    approval = request((Need(approval="deep", stages=(("deal_desk",),)),), tuple(sorted(makers)))
    ways = [Way("deal_desk", delegator)]
    if makers & {delegate, delegator}:
        with pytest.raises(Refused, match="made this deal"):
            decided(approval, "approve", ways, delegate, "", 2, never)
    else:
        (step,) = decided(approval, "approve", ways, delegate, "", 2, never).steps
        assert (step.decided_by, step.on_behalf_of) == (delegate, delegator)


def test_one_s_own_right_counts_before_another_s() -> None:
    approval = request((Need(approval="deep", stages=(("deal_desk",),)),), ("bob",))
    ways = [Way("deal_desk", "ann"), Way("deal_desk", "bob"), Way("deal_desk")]
    assert decided(approval, "approve", ways, "cas", "", 2, never).steps[0].on_behalf_of == ""
    # bob made the deal: nobody stands for him, and yet for ann
    assert decided(approval, "approve", ways[:2], "cas", "", 2, never).steps[0].on_behalf_of == "ann"


def test_the_silent_are_reminded_and_then_others_are_asked_as_well() -> None:
    asked = (Need(approval="deep", stages=(("deal_desk",), ("finance",))),)
    approval = opened(replace(request(asked), steps=steps_of(asked)), 0, patience)
    assert approval.dues() == {"remind": HOUR, "escalate": 3 * HOUR}
    with pytest.raises(Refused, match="nobody to remind"):
        reminded(approval, HOUR - 1, patience)
    later, who = reminded(approval, 5 * HOUR, patience)
    assert (who, later.dues()) == (("deal_desk",), {"remind": 6 * HOUR, "escalate": 3 * HOUR})
    later, who = escalated(later, 5 * HOUR, patience)
    assert (who, later.waiting_for, later.dues()) == (("legal",), ("deal_desk", "legal"), {"escalate": 6 * HOUR})
    later, who = escalated(later, 6 * HOUR, patience)
    # the board escalates to the deal desk, which is asked already
    assert (who, later.waiting_for, later.dues()) == (("board",), ("board", "deal_desk", "legal"), {"remind": 8 * HOUR})
    with pytest.raises(Refused, match="nobody to escalate"):
        escalated(later, 99 * HOUR, patience)
    (first, second) = decided(later, "approve", [Way("board")], "dee", "", 7 * HOUR, patience).steps
    assert (first.decided_by, second.status, second.remind_time) == ("dee", StepStatus.PENDING, 0)


@given(
    needs(),
    st.fixed_dictionaries({
        name: st.builds(Patience, st.integers(0, 9), st.integers(0, 9), st.sampled_from(("", *APPROVERS))) for name in APPROVERS
    }),
)  # fmt: skip
def test_what_is_due_comes_later_each_time_and_asks_nobody_twice(
    asked: tuple[Need, ...], table: dict[str, Patience]
) -> None:
    approval, now = opened(replace(request(()), steps=steps_of(asked)), 0, table.__getitem__), 0
    for _ in range(60):
        dues = approval.dues()
        if not dues:
            break
        what, now = min(dues.items(), key=lambda one: one[1])
        act = {"remind": reminded, "escalate": escalated}[what]
        approval, who = act(approval, now, table.__getitem__)
        assert set(who) <= set(approval.waiting_for) and approval.dues().get(what, now + 1) > now
        for step in approval.steps:
            assert len(set(step.asked)) == len(step.asked)


def test_a_group_that_escalates_no_more_asks_nobody() -> None:
    asked = (Need(approval="deep", stages=(("deal_desk",),)),)
    approval = opened(replace(request(asked), steps=steps_of(asked)), 0, patience)
    later, who = escalated(approval, 3 * HOUR, never)
    assert (who, later.dues()) == ((), {"remind": HOUR})


def test_who_made_the_deal_has_it_in_no_queue_while_it_waits() -> None:
    approval = request((Need(approval="deep", stages=(("board",),)),), ("ann", "sam"))
    assert {("kept_from", "ann"), ("waiting_for", "board")} <= approval.found_by()
    ended = cancelled(approval, 3)
    assert not {one for one in ended.found_by() if one[0] in ("kept_from", "waiting_for")}


# ---------------------------------------------------------------- what several options need


def test_an_option_s_order_is_kept_where_another_asks_fewer() -> None:
    few = Need(approval="deep", stages=(("deal_desk",), ("finance",)))
    more = Need(approval="deep", stages=(("deal_desk",), ("deal_desk", "legal"), ("finance",)))
    assert joined([few, more])[0].stages == (("deal_desk",), ("legal",), ("finance",))
    assert joined([more, few])[0].stages == (("deal_desk",), ("legal",), ("finance",))


@given(needs(most=1), needs(most=1))
def test_joined_needs_ask_all_and_overtake_nobody(first: tuple[Need, ...], second: tuple[Need, ...]) -> None:
    one, other = replace(first[0], approval="deep"), replace(second[0], approval="deep")
    (both,) = joined([one, other])
    level = {name: i for i, stage in enumerate(both.stages) for name in stage}
    assert sorted(level) == sorted(name for stage in both.stages for name in stage)
    assert covered(one, [both]) and covered(other, [both])
    order = {name: i for i, stage in reversed([*enumerate(one.stages)]) for name in stage}
    for name, i in order.items():
        assert all(level[earlier] < level[name] for earlier, j in order.items() if j < i)


def test_steps_ask_nobody_twice_for_a_rule() -> None:
    asked = (Need(approval="deep", stages=(("a",), ("a", "b"))), Need(approval="thin", stages=(("a",),)))
    assert [(one.rule, one.stage, one.approver) for one in steps_of(asked)] == [
        ("deep", 1, "a"), ("deep", 2, "b"), ("thin", 1, "a"),
    ]  # fmt: skip
    assert steps_of(()) == ()
