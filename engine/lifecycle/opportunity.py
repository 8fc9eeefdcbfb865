"""Opportunities: a deal in the making, through the stages of a pipeline, until it is won or lost for a reason that is on the list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from engine.lifecycle.document import Document
from engine.lifecycle.machine import Machine, Verb
from engine.lifecycle.next_step import SELLING, NextStep
from engine.lifecycle.pipeline import ForecastCategory, Stage
from engine.values.roles import Role


class OpportunityStatus(StrEnum):
    """Where an opportunity stands."""

    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEntry:
    """When a stage was entered, and by whom."""

    stage: str = ""
    enter_time: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity(Document):
    """A deal in the making. `history` is every stage it was in; what people call it may be a person's name, and so is personal."""

    KIND: ClassVar[str] = "opportunities"
    INDEXED: ClassVar[tuple[str, ...]] = ("status", "stage", "owner", "account", "forecast_category", "lead")
    PERSONAL: ClassVar[tuple[str, ...]] = ("display_name", "next_step", "note")

    display_name: str = ""
    status: OpportunityStatus = OpportunityStatus.OPEN
    account: str = ""
    lead: str = ""
    owner: str = ""
    stage: str = ""
    probability_percent: int | None = None
    forecast_category: ForecastCategory = ForecastCategory.PIPELINE
    amount_micros: int = 0
    currency_code: str = ""
    close_date: int = 0
    book: str = ""
    products: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    next_step: NextStep | None = None
    activity_time: int = 0
    reason: str = ""
    note: str = ""
    close_time: int = 0
    history: tuple[StageEntry, ...] = ()

    def at(self, stage: Stage, now: int, by: str) -> Opportunity:
        """At a stage, with what that means for the forecast."""
        return replace(
            self, stage=stage.id, probability_percent=stage.probability_percent, forecast_category=stage.forecast_category,
            history=(*self.history, StageEntry(stage=stage.id, enter_time=now, by=by)),
        )  # fmt: skip

    def closed(self, status: OpportunityStatus, reason: str, note: str, now: int) -> Opportunity:
        """Won or lost."""
        won = status is OpportunityStatus.WON
        return replace(
            self, status=status, reason=reason, note=note, close_time=now, probability_percent=100 if won else 0,
            forecast_category=ForecastCategory.CLOSED if won else ForecastCategory.OMITTED,
        )  # fmt: skip


_LEADING = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
S = OpportunityStatus
OPPORTUNITIES = Machine(
    "opportunity",
    S.OPEN,
    {
        "create": Verb({}, SELLING),
        "update": Verb({S.OPEN: S.OPEN}, SELLING),
        "advance": Verb({S.OPEN: S.OPEN}, SELLING),
        "win": Verb({S.OPEN: S.WON}, SELLING),
        "lose": Verb({S.OPEN: S.LOST}, SELLING),
        "reopen": Verb({S.WON: S.OPEN, S.LOST: S.OPEN}, _LEADING),
    },
)


@dataclass(frozen=True, slots=True)
class Sum:
    """A row of a pipeline's summary; `weighted_micros` is each amount by its probability, rounded once, half up."""

    stage: str
    currency_code: str
    count: int
    amount_micros: int
    weighted_micros: int


def summed(opportunities: tuple[Opportunity, ...] | list[Opportunity]) -> list[Sum]:
    """Count, amount and weighted amount by stage and currency."""
    rows: dict[tuple[str, str], list[int]] = {}
    for one in opportunities:
        row = rows.setdefault((one.stage, one.currency_code), [0, 0, 0])
        row[0] += 1
        row[1] += one.amount_micros
        row[2] += one.amount_micros * (one.probability_percent or 0)
    return [Sum(*key, count, amount, (hundredths + 50) // 100) for key, (count, amount, hundredths) in rows.items()]
