"""The verbs of leads: captured from anywhere, given an owner by rules, found to be of the same party, qualified or closed with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.lifecycle import checks
from engine.lifecycle.document import id_in
from engine.lifecycle.lead import DUPLICATE, LEADS, Lead
from engine.lifecycle.matching import MATCH
from engine.lifecycle.next_step import Activity
from engine.lifecycle.opportunity import Opportunity
from engine.lifecycle.parties import Account
from engine.lifecycle.routing import ROUTING, Routing
from engine.services.context import Context, Role
from engine.services.desk import Call, Desk, Work
from engine.services.refusal import Refused
from engine.services.selling.activities import with_next_step
from engine.services.selling.erasing import erase_lead
from engine.services.selling.standing import pipeline_of, standing

MOST_DUPLICATES = 20
MOST_ACTIVITIES = 1_000
MOST_SCORE = 100
EVENTS = {
    "update": "LeadUpdated", "assign": "LeadAssigned", "work": "LeadWorked", "disqualify": "LeadDisqualified",
    "merge": "LeadMerged", "reopen": "LeadReopened",
}  # fmt: skip
Families = Callable[[str, str, tuple[str, ...]], tuple[str, ...]]
"""The families of products of a tenant's book."""
_INSIDE = ("owner", "score", "next_step", "note")
"""What a web form cannot say of a lead."""


class Leads:
    """Leads; `families` knows what products a book has."""

    def __init__(self, desk: Desk, families: Families) -> None:
        self.desk, self.families = desk, families

    def capture(self, context: Context, call: Call, lead: Lead) -> Lead:
        """A new lead, with the owner that was said or that the rules give it, and what it may be a duplicate of."""
        LEADS.may("capture", context.role)
        if context.role is Role.STOREFRONT:
            for name in _INSIDE:
                if getattr(lead, name):
                    said = f"role {context.role} may not say `lead.{name}`"
                    raise Refused("PERMISSION_DENIED", "ROLE", said, f"lead.{name}")
        checked = self._checked(context, lead)

        def decide(work: Work) -> Lead:
            owned = checked if checked.owner else replace(checked, owner=routed(work, checked))
            return work.save(replace(owned, status=LEADS.start, may_duplicate=duplicates(work, owned)), "LeadCaptured")

        return self.desk.change(context, call, Lead, decide)

    def update(self, context: Context, call: Call, name: str, edit: Callable[[Lead], Lead]) -> Lead:
        """Change what is known of it."""
        LEADS.may("update", context.role)

        def decide(work: Work) -> Lead:
            before = work.load(Lead, name, call.etag)
            status = LEADS.step(before.status, "update")
            after = edit(before)
            if after.owner != before.owner:
                LEADS.may("assign", context.role)
            own_step(before, after, "lead")
            return work.save(replace(self._checked(context, after), status=status), EVENTS["update"])

        return self.desk.change(context, call, Lead, decide)

    def do(self, context: Context, call: Call, name: str, verb: str, edit: Callable[[Lead], Lead]) -> Lead:
        """Assign, work or reopen: what the machine allows, with an edit."""
        LEADS.may(verb, context.role)

        def decide(work: Work) -> Lead:
            before = work.load(Lead, name, call.etag)
            after = replace(edit(before), status=LEADS.step(before.status, verb))
            return work.save(after, EVENTS[verb])

        return self.desk.change(context, call, Lead, decide)

    def assign(self, context: Context, call: Call, name: str, owner: str) -> Lead:
        """Give it to somebody."""
        return self.do(context, call, name, "assign", lambda lead: replace(lead, owner=checks.label(owner, "owner")))

    def work(self, context: Context, call: Call, name: str) -> Lead:
        """Begin with it: one that is nobody's is the caller's."""
        return self.do(context, call, name, "work", lambda lead: replace(lead, owner=lead.owner or context.principal))

    def reopen(self, context: Context, call: Call, name: str) -> Lead:
        """Take a closed one up again; one that was merged lives on in another."""

        def opened(lead: Lead) -> Lead:
            if lead.merged_into:
                said = f"{lead.name} was merged into {lead.merged_into}: go on with that one"
                raise Refused("FAILED_PRECONDITION", "MERGED", said, "name", {"merged_into": lead.merged_into})
            return replace(lead, reason="", note="")

        return self.do(context, call, name, "reopen", opened)

    def disqualify(self, context: Context, call: Call, name: str, reason: str, note: str) -> Lead:
        """Close it with a reason of the tenant's list."""
        LEADS.may("disqualify", context.role)

        def decide(work: Work) -> Lead:
            before = work.load(Lead, name, call.etag)
            status = LEADS.step(before.status, "disqualify")
            pipeline = pipeline_of(work)
            known_reason(reason, pipeline.disqualify_reasons)
            return work.save(replace(before, status=status, reason=reason, note=note), EVENTS["disqualify"])

        return self.desk.change(context, call, Lead, decide)

    def merge(self, context: Context, call: Call, name: str, into: str) -> Lead:
        """Join it into another of the same party; returns that one. Its activities move there, and what it alone knew."""
        LEADS.may("merge", context.role)

        def decide(work: Work) -> Lead:
            other, kept = work.load(Lead, name, call.etag), work.load(Lead, into, field="into")
            if other.name == kept.name:
                raise Refused("INVALID_ARGUMENT", "SAME", "a lead cannot be merged into itself", "into")
            status = LEADS.step(other.status, "merge")
            LEADS.step(kept.status, "update")
            closed = replace(other, status=status, reason=DUPLICATE, merged_into=kept.name, next_step=None)
            moved = _moved(work, other, kept)
            work.save(closed, EVENTS["merge"], into=kept.name)
            joined = kept.joined(other)
            checked = self._checked(context, joined)
            return work.save(with_next_step(work, checked, moved), EVENTS["update"])

        return self.desk.change(context, call, Lead, decide)

    def erase(self, context: Context, call: Call, name: str) -> Lead:
        """Erase what is personal in it, in the leads that were merged into it, and in what was done and said on them."""
        return erase_lead(self.desk, context, call, name)

    def set_routing(self, context: Context, call: Call, edit: Callable[[Routing], Routing]) -> Routing:
        """Set the rules by which leads get their owners."""
        context.require("set up selling")

        def decide(work: Work) -> Routing:
            return work.save(checked_routing(edit(standing(work, ROUTING, call.etag))), "RoutingUpdated")

        return self.desk.change(context, call, Routing, decide)

    def _checked(self, context: Context, lead: Lead) -> Lead:
        checked = checked_lead(lead)
        book = checked.book.partition("/")[2]
        return replace(checked, families=self.families(context.tenant, book, checked.products))


def routed(work: Work, lead: Lead) -> str:
    """The owner that the rules give a lead; "": none. Of several it is the next in turn."""
    rule = standing(work, ROUTING).rule_for(lead)
    if rule is None or not rule.owners:
        return ""
    turn = f"turns:{rule.id}"
    if len(rule.owners) > 1:
        work.change.count(turn)
    return rule.owners[work.counted(turn) % len(rule.owners)]


def duplicates(work: Work, lead: Lead) -> tuple[str, ...]:
    """The leads and accounts that may be of the same party; none for a caller who sees one account alone."""
    match = frozenset() if work.context.account else lead.match
    found = work.named((Account, Lead), MATCH, match, MOST_DUPLICATES) if match else []
    return tuple(one for one in found if one != lead.name)[:MOST_DUPLICATES]


def own_step(before: Lead | Opportunity, after: Lead | Opportunity, field: str) -> None:
    """Refuse a next step said by hand where an open task says it.

    Raises:
        Refused: FAILED_PRECONDITION.
    """
    step = before.next_step
    if step and step.activity and after.next_step != step:
        said = f"the next step is the open task {step.activity}: change that, or complete it"
        raise Refused("FAILED_PRECONDITION", "NEXT_STEP", said, f"{field}.next_step", {"activity": step.activity})


def known_reason(reason: str, reasons: tuple[str, ...]) -> None:
    """Refuse a reason that is not on the list.

    Raises:
        Refused: INVALID_ARGUMENT.
    """
    if reason not in reasons:
        said = f"`{reason[:60]}` is not on the list of reasons" if reason else "say why"
        raise Refused("INVALID_ARGUMENT", "UNKNOWN_REASON", f"{said}: {', '.join(reasons)}", "reason")


def _moved(work: Work, other: Lead, kept: Lead) -> list[Activity]:
    found = work.listed(Activity, [("parent", other.name)], MOST_ACTIVITIES + 1)
    if len(found) > MOST_ACTIVITIES:
        said = f"{other.name} has more than {MOST_ACTIVITIES:,} activities: merge the other way round"
        raise Refused("FAILED_PRECONDITION", "TOO_MANY_ACTIVITIES", said, "name")
    return [work.save(replace(one, parent=kept.name, account=kept.account), "ActivityMoved") for one in found]


def checked_lead(lead: Lead) -> Lead:
    """A lead whose parts are in their one form.

    Raises:
        Refused: INVALID_ARGUMENT, with the field.
    """
    at = "lead."
    country = checks.country(lead.country_code, f"{at}country_code")
    person = checks.contact(lead.person, f"{at}person", country) if lead.person else None
    if not (person or lead.company.strip()):
        said = "a lead has a person or a company: say lead.person or lead.company"
        raise Refused("INVALID_ARGUMENT", "REQUIRED", said, f"{at}person")
    if not 0 <= lead.score <= MOST_SCORE:
        raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", f"a score is 0 to {MOST_SCORE}", f"{at}score")
    if lead.book:
        id_in(lead.book, "books", f"{at}book")
    return replace(
        lead, person=person, country_code=country, company=lead.company.strip(),
        source=checks.label(lead.source, f"{at}source"), owner=checks.label(lead.owner, f"{at}owner"),
        language_code=checks.language(lead.language_code, f"{at}language_code"),
    )  # fmt: skip


def checked_routing(routing: Routing) -> Routing:
    """Rules that can be followed.

    Raises:
        Refused: INVALID_ARGUMENT, with the field.
    """
    seen: set[str] = set()
    rules = []
    for i, rule in enumerate(routing.rules):
        at = f"routing.rules[{i}]"
        id_in(f"routing/{rule.id}", "routing", f"{at}.id")
        if rule.id in seen:
            raise Refused("INVALID_ARGUMENT", "EXISTS", f"two rules are called `{rule.id}`", f"{at}.id")
        if not all(one.strip() for one in rule.owners) or not rule.owners:
            raise Refused("INVALID_ARGUMENT", "REQUIRED", "a rule gives leads to somebody", f"{at}.owners")
        seen.add(rule.id)
        codes = tuple(checks.country(one, f"{at}.country_codes") for one in rule.country_codes)
        owners = tuple(checks.label(one, f"{at}.owners") for one in rule.owners)
        rules.append(replace(rule, country_codes=codes, owners=owners))
    return replace(routing, rules=tuple(rules))
