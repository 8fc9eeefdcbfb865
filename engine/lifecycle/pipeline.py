"""The stages that a tenant's deals go through, what each means for a forecast, and the reasons that deals are won and lost for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from engine.lifecycle.document import Document
from engine.lifecycle.lead import DUPLICATE


class ForecastCategory(StrEnum):
    """Where an amount stands in a forecast."""

    PIPELINE = "PIPELINE"
    BEST_CASE = "BEST_CASE"
    COMMIT = "COMMIT"
    CLOSED = "CLOSED"
    OMITTED = "OMITTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage; `id` is how opportunities say it."""

    id: str = ""
    title: str = ""
    probability_percent: int = 0
    forecast_category: ForecastCategory = ForecastCategory.PIPELINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline(Document):
    """Stages in their order, and reasons."""

    KIND: ClassVar[str] = "pipelines"

    stages: tuple[Stage, ...] = ()
    win_reasons: tuple[str, ...] = ()
    loss_reasons: tuple[str, ...] = ()
    disqualify_reasons: tuple[str, ...] = ()

    def stage(self, id: str) -> Stage | None:
        """A stage by its id."""
        return next((one for one in self.stages if one.id == id), None)


F = ForecastCategory
PIPELINE = Pipeline(
    name="pipelines/default",
    stages=(
        Stage(id="qualification", title="Qualification", probability_percent=10, forecast_category=F.PIPELINE),
        Stage(id="discovery", title="Discovery", probability_percent=25, forecast_category=F.PIPELINE),
        Stage(id="proposal", title="Proposal", probability_percent=50, forecast_category=F.BEST_CASE),
        Stage(id="negotiation", title="Negotiation", probability_percent=80, forecast_category=F.COMMIT),
    ),
    win_reasons=("price", "product", "service", "relationship", "timing"),
    loss_reasons=("price", "product", "competitor", "no-budget", "no-decision", "timing"),
    disqualify_reasons=("no-interest", "no-budget", "not-a-fit", "unreachable", "spam", DUPLICATE),
)
"""What stands until a tenant says otherwise."""
