"""Two states of a quote side by side: what differs in its head, in the lines of its options, in totals, and in who is to agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any

from engine.lifecycle.quote import Bundle, Need, Option, Quote, Total
from engine.lifecycle.terms import worse


class Change(StrEnum):
    """What became of a part."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field that differs, as text; "": it was, or is, not said."""

    field: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSide:
    """A line in one of the two states. `bundle` and `path` are where it stands in a bundle; `problem` is why it has no price."""

    product: str = ""
    bundle: str = ""
    path: str = ""
    group: str = ""
    term_months: int = 0
    start_date: int = 0
    end_date: int = 0
    facts: dict[str, str] = field(default_factory=dict)
    grants: dict[str, str] = field(default_factory=dict)
    quantity_micros: int = 0
    unit_net_amount_micros: int = 0
    list_amount_micros: int = 0
    net_amount_micros: int = 0
    period: str = ""
    problem: str = ""

    @property
    def place(self) -> tuple[Any, ...]:
        """What makes it the same line, though all else of it changes."""
        return self.product, self.bundle, self.path

    @property
    def identity(self) -> tuple[Any, ...]:
        """What makes it the same line, though its quantity and price change."""
        said = tuple(sorted(self.facts.items())), tuple(sorted(self.grants.items()))
        return *self.place, self.group, self.term_months, self.start_date, self.end_date, *said


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """A line that differs, and in what."""

    change: Change = Change.CHANGED
    before: LineSide | None = None
    after: LineSide | None = None
    fields: tuple[str, ...] = ()
    net_difference_micros: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalChange:
    """A total on both sides; 0 where it is not there."""

    name: str = ""
    before_list_amount_micros: int = 0
    after_list_amount_micros: int = 0
    before_net_amount_micros: int = 0
    after_net_amount_micros: int = 0
    net_difference_micros: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedChange:
    """An approval whose approvers differ, in order."""

    approval: str = ""
    change: Change = Change.CHANGED
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionChange:
    """An option that differs. `worse` says in what it is worse for the seller than before, by what approvals go by."""

    option_id: str = ""
    change: Change = Change.CHANGED
    fields: tuple[FieldChange, ...] = ()
    lines: tuple[LineChange, ...] = ()
    same_lines: int = 0
    totals: tuple[TotalChange, ...] = ()
    approvals: tuple[NeedChange, ...] = ()
    worse: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteChange:
    """What differs between two states of a quote."""

    fields: tuple[FieldChange, ...] = ()
    options: tuple[OptionChange, ...] = ()


Sides = Mapping[str, Sequence[LineSide]]
"""By option its lines."""


def between(before: Quote, after: Quote, lines_before: Sides, lines_after: Sides) -> QuoteChange:
    """What differs; the quotes have the bundles of their options."""
    ids = [one.option_id for one in after.options]
    ids += [one.option_id for one in before.options if one.option_id not in ids]
    options = (
        _option(before.option(one), after.option(one), lines_before.get(one, ()), lines_after.get(one, ()))
        for one in ids
    )
    return QuoteChange(
        fields=tuple(_fields(_HEAD, before, after)), options=tuple(one for one in options if one is not None)
    )


def _option(
    before: Option | None, after: Option | None, were: Sequence[LineSide], are: Sequence[LineSide]
) -> OptionChange | None:
    lines = tuple(_lines(were, are))
    old, new = before or Option(), after or Option()
    made = OptionChange(
        option_id=new.option_id or old.option_id, change=_change(before, after), fields=tuple(_fields(_OPTION, old, new)), lines=lines,
        same_lines=len(were) - sum(one.before is not None for one in lines),
        totals=tuple(_totals(old.totals, new.totals)), approvals=tuple(_needs(old.needs, new.needs)),
        worse=tuple(worse(new.terms, old.terms)) if new.terms and old.terms else (),
    )  # fmt: skip
    differs = made.fields or made.lines or made.totals or made.approvals or not (before and after)
    return made if differs else None


def _change(before: Any, after: Any) -> Change:
    return Change.ADDED if before is None else Change.REMOVED if after is None else Change.CHANGED


# ---------------------------------------------------------------- fields


Texts = Callable[[Any], str | Mapping[str, str]]


def _fields(table: Mapping[str, Texts], before: Any, after: Any) -> Iterator[FieldChange]:
    for name, text in table.items():
        was, is_ = text(getattr(before, name)), text(getattr(after, name))
        if isinstance(was, Mapping) and isinstance(is_, Mapping):
            for key in sorted(was.keys() | is_.keys()):
                yield from _field(f"{name}[{key}]", was.get(key, ""), is_.get(key, ""))
        else:
            yield from _field(name, str(was), str(is_))


def _field(name: str, before: str, after: str) -> Iterator[FieldChange]:
    if before != after:
        yield FieldChange(field=name, before=before, after=after)


def _day(day: int) -> str:
    return date.fromordinal(day).isoformat() if day else ""


def _number(number: int) -> str:
    return str(number or "")


def _yes(said: bool) -> str:
    return "yes" if said else "no"


def _bundles(bundles: Iterable[Bundle]) -> Mapping[str, str]:
    return {
        one.id or f"{one.product}#{i}": f"{one.quantity or 1} x {one.product}: {', '.join(one.choices)}".rstrip(": ")
        for i, one in enumerate(bundles, 1)
    }


_HEAD: Mapping[str, Texts] = {
    "display_name": str, "account": str, "opportunity": str, "entity": str, "owner": str, "book": str, "book_version": str,
    "pricing_date": _day, "currency_code": str, "language_code": str, "facts": dict, "account_facts": dict,
    "coupon_codes": ", ".join, "grants": dict, "start_date": _day, "end_date": _day, "valid_days": _number, "valid_until": _day,
    "net_days": _number, "notes": str, "show_discounts": _yes,
}  # fmt: skip
_OPTION: Mapping[str, Texts] = {
    "title": str, "description": str, "recommended": _yes, "complete": _yes, "bundles": _bundles,
}  # fmt: skip


# ---------------------------------------------------------------- lines


def _lines(before: Sequence[LineSide], after: Sequence[LineSide]) -> Iterator[LineChange]:
    """In the order of those that are, then those that are gone. Lines that are most alike belong together, the first with the first."""
    partner, left = _partners(before, after)
    for i, line in enumerate(after):
        other = before[partner[i]] if i in partner else None
        if other is None:
            yield LineChange(change=Change.ADDED, after=line, net_difference_micros=line.net_amount_micros)
        elif other != line:
            differs = tuple(one.name for one in fields(line) if getattr(line, one.name) != getattr(other, one.name))
            more = line.net_amount_micros - other.net_amount_micros
            yield LineChange(before=other, after=line, fields=differs, net_difference_micros=more)
    for i in left:
        gone = before[i]
        yield LineChange(change=Change.REMOVED, before=gone, net_difference_micros=-gone.net_amount_micros)


def _partners(before: Sequence[LineSide], after: Sequence[LineSide]) -> tuple[dict[int, int], list[int]]:
    """For each line that is which one it was; and those that are gone."""
    partner: dict[int, int] = {}
    left = list(range(len(before)))
    for alike in _ALIKE:
        waiting: dict[Any, list[int]] = {}
        for i in left:
            waiting.setdefault(alike(before[i]), []).append(i)
        for j, line in enumerate(after):
            if j not in partner and (found := waiting.get(alike(line))):
                partner[j] = found.pop(0)
        taken = set(partner.values())
        left = [i for i in left if i not in taken]
    return partner, left


def _whole(line: LineSide) -> Any:
    return (*line.identity, line.quantity_micros)


_ALIKE: tuple[Callable[[LineSide], Any], ...] = (_whole, lambda line: line.identity, lambda line: line.place)


# ---------------------------------------------------------------- totals and approvals


def _totals(before: Iterable[Total], after: Iterable[Total]) -> Iterator[TotalChange]:
    old, new = {one.name: one for one in before}, {one.name: one for one in after}
    for name in dict.fromkeys((*new, *old)):
        was, is_ = old.get(name, Total()), new.get(name, Total())
        made = TotalChange(
            name=name, before_list_amount_micros=was.list_amount_micros, after_list_amount_micros=is_.list_amount_micros,
            before_net_amount_micros=was.net_amount_micros, after_net_amount_micros=is_.net_amount_micros,
            net_difference_micros=is_.net_amount_micros - was.net_amount_micros,
        )  # fmt: skip
        if (
            made.net_difference_micros
            or was.list_amount_micros != is_.list_amount_micros
            or (name in old) != (name in new)
        ):
            yield made


def _needs(before: Iterable[Need], after: Iterable[Need]) -> Iterator[NeedChange]:
    old, new = {one.approval: _approvers(one) for one in before}, {one.approval: _approvers(one) for one in after}
    for name in dict.fromkeys((*new, *old)):
        was, is_ = old.get(name), new.get(name)
        if was != is_:
            yield NeedChange(approval=name, change=_change(was, is_), before=was or (), after=is_ or ())


def _approvers(need: Need) -> tuple[str, ...]:
    return tuple(" and ".join(stage) for stage in need.stages)
