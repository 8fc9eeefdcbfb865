"""An explanation as a JSON document: shape `quotient.explanation/1`, described in docs/EXPLAIN.md.

Amounts are decimal strings in the book's currency, dates ISO, what is not known or not for the reader's role is not there.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from engine.pricing.explain.sentences import change_words, consent_words, miss_words, needs_words, verdict_words
from engine.pricing.explain.shapes import Change, Consent, Explained, LineWhy, Miss, Needs, Verdict, of_line
from engine.pricing.quote import Applied, PricedLine, Total
from engine.values.currency import decimals_of
from engine.values.kinds import decimal

SHAPE = "quotient.explanation/1"
Json = dict[str, Any]


def document_of(explained: Explained) -> Json:
    """The whole document."""
    return _Document(explained).made()


class _Document:
    def __init__(self, explained: Explained) -> None:
        self.explained, self.priced = explained, explained.priced
        self.decimals = decimals_of(explained.priced.currency)

    def made(self) -> Json:
        priced = self.priced
        return _kept(
            shape=SHAPE, book=priced.book, version=priced.version, currency=priced.currency, date=_day(priced.date),
            holds_until=_day(priced.holds_until), complete=priced.complete,
            lines=[self._line(line) for line in self.explained.lines],
            totals=[
                self._total(t) for t in priced.totals
            ],
            approvals=[self._consent(one) for one in self.explained.consents] if self.explained.rules else None,
        )  # fmt: skip

    def _total(self, total: Total) -> Json:
        more = {name: self._money(getattr(total, f"{name}_amount")) for name in ("tax", "gross", "pocket")}
        return {
            "name": total.name,
            "list": self._money(total.list_amount),
            "net": self._money(total.net_amount),
        } | _kept(**more)

    def _money(self, micros: int | None) -> str | None:
        return None if micros is None else decimal(micros, self.decimals)

    def _line(self, line: LineWhy) -> Json:
        told = self.explained.rules
        return _kept(
            number=line.number, product=line.priced.product, title=line.title, quantity=decimal(line.priced.quantity),
            unit=line.unit, period=line.priced.period, **self._prices(line.priced),
            waterfall=[
                self._bar(bar, whole) for bar, whole in zip(line.priced.waterfall, of_line(line.priced), strict=True)
            ],
            rules=[self._verdict(v) for v in line.verdicts] if told else None,
            rules_not_on_product=line.not_on if told else None, rules_left_out=line.left_out if told else None,
            changes=[self._change(change, line) for change in line.changes],
        )  # fmt: skip

    def _prices(self, line: PricedLine) -> Json:
        if line.error is not None:
            return {"error": _kept(code=line.error.code, message=line.error.message, field=line.error.field or None)}
        return {
            "unit_list": self._money(line.unit_list), "unit_net": self._money(line.unit_net),
            "list": self._money(line.list_amount), "net": self._money(line.net_amount),
            "cost": self._money(line.cost_amount), **self._tax(line), "pocket": self._money(line.pocket_amount),
        }  # fmt: skip

    def _tax(self, line: PricedLine) -> Json:
        """The line's tax, where it has one."""
        tax = line.tax
        if tax is None:
            return {}
        rate, amount = f"{decimal(tax.rate * 100)}%", self._money(tax.tax_amount)
        said = _kept(rule=tax.rule or None, category=tax.category, rate=rate, amount=amount, because=tax.because)
        return {"tax": said, "gross": self._money(tax.gross_amount)}

    def _bar(self, bar: Applied, whole: bool) -> Json:
        return _kept(
            of="line" if whole else "unit", step=bar.step, rule=bar.rule or None, label=bar.label or None, where=_where(bar.file, bar.line),
            before=self._money(bar.before), after=self._money(bar.after), because=bar.because,
        )  # fmt: skip

    def _verdict(self, v: Verdict) -> Json:
        return _kept(
            rule=v.rule, title=v.title, step=v.step, kind=v.kind, applied=v.reason == "applied", reason=v.reason,
            says=verdict_words(v, self.priced.date, self.priced.currency), label=v.label or None,
            where=_where(v.file, v.line), because=v.because, by=v.by, leaves=self._money(v.leaves),
            other=self._money(v.other), nearest=[self._miss(miss) for miss in v.misses] or None,
        )  # fmt: skip

    def _miss(self, miss: Miss) -> Json:
        return _kept(
            reason=miss.reason, says=miss_words(miss, self.priced.date), label=miss.label or None,
            where=_where(miss.file, miss.line), needs=_needs(miss.needs),
            begins=_day(miss.start) if miss.reason == "dates" else None,
            ends=_day(miss.end) if miss.reason == "dates" else None,
        )  # fmt: skip

    def _change(self, c: Change, line: LineWhy) -> Json:
        amounts: Json = {"error": c.error}
        if c.error is None:
            amounts = {
                "unit_net": self._money(c.unit_net), "net": self._money(c.net_amount),
                "unit_change": self._money(c.unit_change), "net_change": self._money(c.net_change),
            }  # fmt: skip
        return _kept(
            kind=c.kind, what=c.what, values=list(c.values), by=c.by, says=change_words(c, line, self.priced.currency), **amounts,
            with_rules=list(c.began) or None, without_rules=list(c.ended) or None, asks=list(c.asks) or None,
            more_for_less=c.cheaper or None,
        )  # fmt: skip

    def _consent(self, c: Consent) -> Json:
        return _kept(
            approval=c.approval, asks=c.asks, line=c.number, stages=[list(stage) for stage in c.stages] or None,
            says=consent_words(c, self.priced.currency), because=c.because, where=_where(c.file, c.line),
            figures=[
                _kept(measure=f.measure, relation=f.relation, limit=f.limit or None, was=f.was, by=f.by, holds=f.holds)
                for f in c.limits
            ],
            needs=_needs(c.needs), lowest_net=self._money(c.lowest_net), lowest_payable=self._money(c.payable),
            largest_discount=c.largest_discount, highest_net=self._money(c.highest_net),
        )  # fmt: skip


def _needs(needs: Needs | None) -> Json | None:
    if needs is None:
        return None
    return _kept(
        says=needs_words(needs), subject=needs.subject or None, relation=needs.relation, values=list(needs.wanted),
        was=needs.was, gap=needs.gap, instead=[_needs(other) for other in needs.instead] or None,
    )  # fmt: skip


def _day(ordinal: int | None) -> str | None:
    return None if ordinal is None else date.fromordinal(ordinal).isoformat()


def _where(file: str, line: int) -> str | None:
    return f"{file}:{line}" if file else None


def _kept(**members: Any) -> Json:
    """The members that are there."""
    return {name: value for name, value in members.items() if value is not None}
