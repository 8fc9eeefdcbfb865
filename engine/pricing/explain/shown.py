"""What a role may see of an explanation. Taken out here, once: text, JSON, pictures and messages are made of what is left.

Who may not see rules is told the steps of a price and what would change it by what such a caller can say; no rule, no approval.
The bar of a floor would tell the floor, so it is one with the bar before it. Who may not see costs is told no figure from which
one follows: of a floor by margin or markup, or an approval by margin, only that it is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.pricing.explain.shapes import Change, Consent, Explained, Limit, LineWhy, Verdict
from engine.pricing.plainly import joined
from engine.pricing.quote import Applied, LineError, PricedLine, PricedQuote
from engine.pricing.refusals import PLAIN


def shown(explained: Explained, costs: bool, rules: bool) -> Explained:
    """The explanation as one sees it who may see costs, and rules."""
    out = explained
    if not costs:
        out = replace(
            out, costs=False, priced=_no_pocket(_priced(out.priced, _no_cost)), consents=tuple(_no_margin(c) for c in out.consents),
            lines=tuple(
                replace(line, priced=_no_cost(line.priced), verdicts=tuple(_no_cost_figure(v) for v in line.verdicts))
                for line in out.lines
            ),
        )  # fmt: skip
    if not rules:
        plain = _Plain(explained.floors, explained.below)
        out = replace(
            out, rules=False, consents=(), lines=tuple(plain.line(line) for line in out.lines),
            priced=replace(_priced(out.priced, plain.priced), approvals=()),
        )  # fmt: skip
    return out


def _priced(priced: PricedQuote, of_line: Callable[[PricedLine], PricedLine]) -> PricedQuote:
    return replace(priced, lines=tuple(of_line(line) for line in priced.lines))


# ---------------------------------------------------------------- without costs


def _no_cost(line: PricedLine) -> PricedLine:
    bars = tuple(bar for bar in line.waterfall if not bar.below)
    return replace(line, cost_amount=None, pocket_amount=None, waterfall=bars)


def _no_pocket(priced: PricedQuote) -> PricedQuote:
    return replace(priced, totals=tuple(total._replace(pocket_amount=None) for total in priced.totals))


def _no_cost_figure(verdict: Verdict) -> Verdict:
    if not verdict.of_cost:
        return verdict
    return replace(verdict, leaves=None, other=None, gives=None, by_gives=None)


def _no_margin(consent: Consent) -> Consent:
    if not consent.of_cost:
        return consent
    limits = tuple(
        Limit(limit.measure, limit.relation, "", None, None, limit.holds, True)
        if limit.measure.endswith("margin")
        else limit
        for limit in consent.limits
    )
    return replace(consent, limits=limits, lowest_net=None, payable=None, largest_discount=None, highest_net=None)


# ---------------------------------------------------------------- without rules


class _Plain:
    """Lines without the words of the book's rules."""

    def __init__(self, floors: frozenset[str], below: frozenset[str]) -> None:
        self.floors, self.below = floors, below

    def line(self, line: LineWhy) -> LineWhy:
        """A line: its price and what its reader can change."""
        changes = tuple(self._change(change) for change in line.changes if change.open and not change.of_account)
        return replace(line, priced=self.priced(line.priced), verdicts=(), not_on=0, left_out=0, changes=changes)

    def priced(self, line: PricedLine) -> PricedLine:
        """A price with its steps alone."""
        error = (
            None if line.error is None else LineError(line.error.code, PLAIN.get(line.error.code, ""), line.error.field)
        )
        tax = None if line.tax is None else replace(line.tax, rule="", because=None)
        return replace(line, waterfall=self._bars(line.waterfall), error=error, cost_amount=None, tax=tax)

    def _bars(self, bars: Sequence[Applied]) -> tuple[Applied, ...]:
        """One bar a step, with no word of a rule; what is below the net price is not the buyer's."""
        plain = (Applied(bar.step, "", "", 0, bar.before, bar.after) for bar in bars if bar.step not in self.below)
        return joined(plain, self.floors, by_step=True)

    def _change(self, change: Change) -> Change:
        return replace(change, began=(), ended=(), asks=())
