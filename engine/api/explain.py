"""From an explanation to the wire. What a role may not see is no longer in it: see `pricing.explain.shown`."""

from __future__ import annotations

from typing import Any

from engine.api.encode import date_of, quote_of
from engine.pricing.explain import Explained
from engine.pricing.explain.picture import picture_of
from engine.pricing.explain.sentences import change_words, consent_words, miss_words, needs_words, verdict_words
from engine.pricing.explain.shapes import Change, Consent, LineWhy, Miss, Needs, Verdict
from engine.services.context import Context
from quotient.v1 import pricing_pb2


def explained_of(context: Context, book: str, explained: Explained, picture: bool) -> pricing_pb2.ExplainResponse:
    """An ExplainResponse."""
    made = _Message(explained)
    return pricing_pb2.ExplainResponse(
        quote=quote_of(context, book, explained.priced), lines=[made.line(line) for line in explained.lines],
        approvals=[made.consent(one) for one in explained.consents], picture_svg=picture_of(explained) if picture else "",
    )  # fmt: skip


class _Message:
    def __init__(self, explained: Explained) -> None:
        self.day, self.currency = explained.priced.date, explained.priced.currency

    def line(self, line: LineWhy) -> pricing_pb2.ExplainedLine:
        """An ExplainedLine."""
        return pricing_pb2.ExplainedLine(
            line=line.number, title=line.title, unit=line.unit, rules=[self._verdict(v) for v in line.verdicts],
            rules_not_on_product=line.not_on, rules_left_out=line.left_out,
            changes=[self._change(change, line) for change in line.changes],
        )  # fmt: skip

    def _verdict(self, v: Verdict) -> pricing_pb2.RuleVerdict:
        return pricing_pb2.RuleVerdict(
            rule=v.rule, title=v.title or "", step=v.step, kind=v.kind, applied=v.reason == "applied", reason=v.reason,
            message=verdict_words(v, self.day, self.currency), label=v.label, file=v.file, line=v.line,
            because=v.because or "", by_rule=v.by or "", leaves_amount_micros=v.leaves, other_amount_micros=v.other,
            nearest=[self._miss(miss) for miss in v.misses],
        )  # fmt: skip

    def _miss(self, miss: Miss) -> pricing_pb2.MissedCase:
        dated = miss.reason == "dates"
        return pricing_pb2.MissedCase(
            reason=miss.reason, message=miss_words(miss, self.day), label=miss.label, file=miss.file, line=miss.line,
            needs=_needs(miss.needs), begin=date_of(miss.start) if dated else None, end=date_of(miss.end) if dated else None,
        )  # fmt: skip

    def _change(self, c: Change, line: LineWhy) -> pricing_pb2.PriceChange:
        amounts: dict[str, Any] = {"error_code": c.error or ""}
        if c.error is None:
            amounts |= {
                "unit_net_amount_micros": c.unit_net, "net_amount_micros": c.net_amount,
                "unit_change_amount_micros": c.unit_change, "net_change_amount_micros": c.net_change,
            }  # fmt: skip
        return pricing_pb2.PriceChange(
            kind=c.kind, what=c.what, values=c.values, by=c.by or "", message=change_words(c, line, self.currency),
            with_rules=c.began, without_rules=c.ended, asks=c.asks, more_for_less=c.cheaper, **amounts,
        )  # fmt: skip

    def consent(self, c: Consent) -> pricing_pb2.ExplainedApproval:
        """An ExplainedApproval."""
        return pricing_pb2.ExplainedApproval(
            approval=c.approval, asks=c.asks, quote_line=c.number or 0, because=c.because or "", file=c.file, line=c.line,
            stages=[pricing_pb2.ApprovalStage(approvers=stage) for stage in c.stages],
            message=consent_words(c, self.currency), needs=_needs(c.needs), lowest_net_amount_micros=c.lowest_net,
            lowest_payable_amount_micros=c.payable, largest_discount=c.largest_discount or "",
            highest_net_amount_micros=c.highest_net,
            figures=[
                pricing_pb2.ApprovalFigure(
                    measure=f.measure, relation=f.relation, limit=f.limit, was=f.was or "", by=f.by or "", holds=f.holds
                )
                for f in c.limits
            ],
        )  # fmt: skip


def _needs(needs: Needs | None) -> pricing_pb2.FailedCondition | None:
    if needs is None:
        return None
    return pricing_pb2.FailedCondition(
        subject=needs.subject, relation=needs.relation, values=needs.wanted, was=needs.was, gap=needs.gap or "",
        instead=[made for other in needs.instead if (made := _needs(other)) is not None], message=needs_words(needs),
    )  # fmt: skip
