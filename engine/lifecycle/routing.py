"""Whose a new lead is: rules in order, the first that fits gives it to one person, or to several in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.lifecycle.document import Document
from engine.lifecycle.lead import Lead


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRule:
    """What a lead must be, where something is said, and who gets it. `id` names its turns, so that they go on when rules move."""

    id: str = ""
    sources: tuple[str, ...] = ()
    country_codes: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    least_score: int = 0
    owners: tuple[str, ...] = ()

    def fits(self, lead: Lead) -> bool:
        """Whether a lead is of this rule."""
        wanted = (
            (self.sources, (lead.source,)), (self.country_codes, (lead.country_code,)),
            (self.products + self.families, lead.products + lead.families),
        )  # fmt: skip
        return lead.score >= self.least_score and all(not one or set(one) & set(has) for one, has in wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing(Document):
    """The rules of a tenant."""

    KIND: ClassVar[str] = "routing"

    rules: tuple[RoutingRule, ...] = ()

    def rule_for(self, lead: Lead) -> RoutingRule | None:
        """The first that fits."""
        return next((one for one in self.rules if one.fits(lead)), None)


ROUTING = Routing(name="routing/leads")
"""Where nobody has set any: no lead has an owner."""
