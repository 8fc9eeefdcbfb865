"""The verbs of opportunities, and the pipeline they go through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.lifecycle import checks
from engine.lifecycle.document import id_in
from engine.lifecycle.opportunity import OPPORTUNITIES, Opportunity, Sum, summed
from engine.lifecycle.parties import Account, AccountStatus
from engine.lifecycle.pipeline import PIPELINE, Pipeline, Stage
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work, parse_filter
from engine.services.pages import MOST_PAGE
from engine.services.refusal import Refused, needs_store
from engine.services.selling.leads import known_reason, own_step
from engine.services.selling.standing import pipeline_of, standing

MOST_AMOUNT = 10**17
MOST_SUMMED = 2**63 - 1


class Opportunities:
    """Deals in the making."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def create(self, context: Context, call: Call, opportunity: Opportunity) -> Opportunity:
        """A new one, at the stage that is said or the first."""
        OPPORTUNITIES.may("create", context.role)
        checked = checked_opportunity(opportunity)

        def decide(work: Work) -> Opportunity:
            work.hold(active_account(work, checked.account, "opportunity.account"))
            return work.save(
                begun(work, replace(checked, owner=checked.owner or context.principal)), "OpportunityCreated"
            )

        return self.desk.change(context, call, Opportunity, decide)

    def update(
        self, context: Context, call: Call, name: str, edit: Callable[[Opportunity], Opportunity]
    ) -> Opportunity:
        """Change what may be changed; its stage by `advance`."""

        def changed(work: Work, before: Opportunity) -> Opportunity:
            after = edit(before)
            own_step(before, after, "opportunity")
            return checked_opportunity(after)

        return self._do(context, call, name, "update", "OpportunityUpdated", changed)

    def advance(self, context: Context, call: Call, name: str, stage: str) -> Opportunity:
        """To another stage of the pipeline: the next one where none is said."""

        def advanced(work: Work, before: Opportunity) -> Opportunity:
            pipeline = pipeline_of(work)
            return before.at(pipeline.stage(stage) or _next(pipeline, before, stage), work.now, context.principal)

        return self._do(context, call, name, "advance", "OpportunityAdvanced", advanced)

    def close(self, context: Context, call: Call, name: str, verb: str, reason: str, note: str) -> Opportunity:
        """Win or lose, for a reason of the tenant's list."""

        def closed(work: Work, before: Opportunity) -> Opportunity:
            pipeline = pipeline_of(work)
            known_reason(reason, pipeline.win_reasons if verb == "win" else pipeline.loss_reasons)
            return before.closed(OPPORTUNITIES.step(before.status, verb), reason, note, work.now)

        return self._do(context, call, name, verb, "OpportunityWon" if verb == "win" else "OpportunityLost", closed)

    def reopen(self, context: Context, call: Call, name: str) -> Opportunity:
        """Open again, at the stage it was closed in, or the first where that is gone."""

        def opened(work: Work, before: Opportunity) -> Opportunity:
            pipeline = pipeline_of(work)
            bare = replace(before, reason="", note="", close_time=0)
            return bare.at(pipeline.stage(before.stage) or pipeline.stages[0], work.now, context.principal)

        return self._do(context, call, name, "reopen", "OpportunityReopened", opened)

    def _do(
        self, context: Context, call: Call, name: str, verb: str, event: str,
        decide: Callable[[Work, Opportunity], Opportunity],
    ) -> Opportunity:  # fmt: skip
        OPPORTUNITIES.may(verb, context.role)

        def done(work: Work) -> Opportunity:
            before = work.load(Opportunity, name, call.etag)
            status = OPPORTUNITIES.step(before.status, verb)
            return work.save(replace(decide(work, before), status=status), event)

        return self.desk.change(context, call, Opportunity, done)

    @needs_store
    def summarize(self, context: Context, filter: str) -> tuple[Pipeline, list[Sum]]:
        """Count, amount and weighted amount by stage and currency, of the open ones that a filter leaves, in the order of the stages."""
        by = [("status", "OPEN"), *parse_filter(filter, ("owner", "account", "stage", "forecast_category", "lead"))]
        if context.account:
            by.append(("account", context.account))
        pipeline = self.desk.documents.get(context.tenant, Pipeline, PIPELINE.name) or PIPELINE
        order = {stage.id: i for i, stage in enumerate(pipeline.stages)}
        rows = summed(self._all(context, by))
        if any(max(row.amount_micros, row.weighted_micros) > MOST_SUMMED for row in rows):
            raise Refused("OUT_OF_RANGE", "TOO_LARGE", "a sum is too large for 64 bits: ask for fewer", "filter")
        return pipeline, sorted(rows, key=lambda row: (order.get(row.stage, len(order)), row.stage, row.currency_code))

    def _all(self, context: Context, by: Sequence[tuple[str, str]]) -> list[Opportunity]:
        found: list[Opportunity] = []
        while True:
            context.in_time()
            last = found[-1].id if found else ""
            page = self.desk.documents.page(context.tenant, Opportunity, by, last, MOST_PAGE)
            found.extend(page)
            if len(page) < MOST_PAGE:
                return found

    def set_pipeline(self, context: Context, call: Call, edit: Callable[[Pipeline], Pipeline]) -> Pipeline:
        """Set stages and reasons; a stage that open opportunities are at stays."""
        context.require("set up selling")

        def decide(work: Work) -> Pipeline:
            before = standing(work, PIPELINE, call.etag)
            after = checked_pipeline(edit(before))
            for gone in {one.id for one in before.stages} - {one.id for one in after.stages}:
                if work.listed(Opportunity, [("stage", gone), ("status", "OPEN")], 1):
                    said = f"open opportunities are at `{gone}`: advance them first"
                    raise Refused("FAILED_PRECONDITION", "STAGE_IN_USE", said, "pipeline.stages")
            return work.save(after, "PipelineUpdated")

        return self.desk.change(context, call, Pipeline, decide)


def begun(work: Work, opportunity: Opportunity) -> Opportunity:
    """A new opportunity at its first stage; a probability that was said stays."""
    pipeline = pipeline_of(work)
    said = opportunity.stage
    stage = pipeline.stage(said) if said else pipeline.stages[0]
    if stage is None:
        raise _no_stage(pipeline, said)
    placed = replace(opportunity, status=OPPORTUNITIES.start, history=()).at(stage, work.now, work.context.principal)
    own = opportunity.probability_percent
    return placed if own is None else replace(placed, probability_percent=own)


def active_account(work: Work, name: str, field: str) -> Account:
    """An account that may have new business.

    Raises:
        Refused: INVALID_ARGUMENT, NOT_FOUND; FAILED_PRECONDITION, it may not.
    """
    account = work.load(Account, name, field=field)
    if account.status is not AccountStatus.ACTIVE:
        said = f"{name} is {account.status}: it has no new business"
        raise Refused("FAILED_PRECONDITION", "ACCOUNT_STATUS", said, field, {"status": account.status})
    return account


def _next(pipeline: Pipeline, before: Opportunity, said: str) -> Stage:
    ids = [one.id for one in pipeline.stages]
    following = ids.index(before.stage) + 1 if before.stage in ids else 0
    if said or following == len(ids):
        raise _no_stage(pipeline, said)
    return pipeline.stages[following]


def _no_stage(pipeline: Pipeline, said: str) -> Refused:
    known = ", ".join(one.id for one in pipeline.stages)
    told = f"the pipeline has no stage `{said[:60]}`: it has {known}" if said else f"it is at the last stage of {known}"
    return Refused("INVALID_ARGUMENT", "UNKNOWN_STAGE", told, "stage")


def checked_opportunity(one: Opportunity) -> Opportunity:
    """An opportunity whose parts are in their one form.

    Raises:
        Refused: INVALID_ARGUMENT, with the field.
    """
    at = "opportunity."
    if not one.display_name.strip():
        raise Refused("INVALID_ARGUMENT", "REQUIRED", "an opportunity has a name", f"{at}display_name")
    currency = checks.currency(one.currency_code, f"{at}currency_code")
    if not 0 <= one.amount_micros <= MOST_AMOUNT:
        said = f"an amount is 0 to {MOST_AMOUNT // 10**6:,}"
        raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", said, f"{at}amount_micros")
    if one.amount_micros and not currency:
        raise Refused("INVALID_ARGUMENT", "REQUIRED", "say what the amount is in", f"{at}currency_code")
    if not 0 <= (one.probability_percent or 0) <= 100:
        raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", "a probability is 0 to 100", f"{at}probability_percent")
    if one.book:
        id_in(one.book, "books", f"{at}book")
    return replace(one, currency_code=currency, owner=checks.label(one.owner, f"{at}owner"))


def checked_pipeline(pipeline: Pipeline) -> Pipeline:
    """A pipeline that deals can go through.

    Raises:
        Refused: INVALID_ARGUMENT, with the field.
    """
    ids = [one.id for one in pipeline.stages]
    if not 1 <= len(ids) <= 50 or len(set(ids)) < len(ids):
        said = "a pipeline has 1 to 50 stages, each with an id of its own"
        raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", said, "pipeline.stages")
    for i, stage in enumerate(pipeline.stages):
        id_in(f"stages/{stage.id}", "stages", f"pipeline.stages[{i}].id")
        if not 0 <= stage.probability_percent <= 100:
            field = f"pipeline.stages[{i}].probability_percent"
            raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", "a probability is 0 to 100", field)
    for name in ("win_reasons", "loss_reasons", "disqualify_reasons"):
        if not all(one.strip() for one in getattr(pipeline, name)) or not getattr(pipeline, name):
            raise Refused("INVALID_ARGUMENT", "REQUIRED", "name at least one reason", f"pipeline.{name}")
    return pipeline
