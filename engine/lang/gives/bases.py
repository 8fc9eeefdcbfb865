"""What a percent is of: list, the running price, the end of a step, a cost; and whether a cost is there."""

from __future__ import annotations

import re

from engine.lang import words
from engine.lang.book import Base
from engine.lang.gives.giver import Giver
from engine.lang.places import Span
from engine.lang.syntax import BaseRef, Lit, Word
from engine.lang.types import history_days

RUNNING = Base("running")


def base_of(giver: Giver, ref: BaseRef | None, sign: int = -1) -> Base | None:
    """What a percent is of; nothing said is the running price."""
    if ref is not None and ref.kind in ("cost", "lowest") and giver.on_quote:
        giver.draft.report.add(words.of_a_unit(ref.span))
        return None
    if ref is not None and ref.kind == "cost":
        return cost_base(giver, ref.span, sign)
    if ref is not None and ref.days is not None:
        days = history_days(giver.draft, ref.days)
        return None if days is None else Base("lowest", days=days)
    if ref is None or ref.kind != "after":
        return RUNNING if ref is None else Base(ref.kind)
    return after_step(giver, ref.step) if ref.step else None


def base_counts(giver: Giver, base: BaseRef) -> bool:
    """Whether a line `off BASE` has a tier table to say it of, one that does not say it itself."""
    tiers, reason = giver.block.tiers, ""
    if tiers is None or giver.kind != "discount":
        reason = "it belongs below a table of tiers with a column `off`"
    elif any(cell.text.startswith("off ") for cell in tiers.cells.head):
        reason = "the table's own column says what it is off"
    if reason:
        giver.draft.report.add(words.idle_base("off ...", base.span, reason))
    return not reason


def cost_base(giver: Giver, span: Span, sign: int) -> Base | None:
    """The dated cost: something can be added of it, nothing is given off it."""
    if sign < 0:
        giver.draft.report.add(words.off_cost(span))
        return None
    return Base("cost") if over_costs(giver, span) else None


def over_costs(giver: Giver, span: Span) -> bool:
    """Whether every product that the rule reaches has a cost; says which has not."""
    without = without_cost(giver)
    if without:
        giver.draft.report.add(words.over_no_cost(without[0], span, len(without) - 1))
    return not without


def without_cost(giver: Giver) -> list[str]:
    """The products that the rule reaches and that have no cost."""
    goods = list(giver.draft.goods.values())
    reached = range(len(goods)) if giver.amounts.products is None else sorted(giver.amounts.products)
    return [goods[index].code for index in reached if not goods[index].costs and not goods[index].broken]


def after_step(giver: Giver, word: Word) -> Base | None:
    """The end of an earlier step."""
    step = giver.draft.find("step", word, giver.draft.steps)
    if step is None:
        return None
    if step >= giver.step:
        giver.draft.report.add(words.not_earlier(word.text, giver.draft.step_list[giver.step].name, word.span))
        return None
    return Base("after", step)


def head_base(giver: Giver, word: Word) -> Base | None:
    """The base in a column's name: `off list`, `off running price`, `off after volume`."""
    if word.text in ("list", "running price"):
        return Base("list" if word.text == "list" else "running")
    if word.text.startswith("after "):
        return after_step(giver, Word(word.text.removeprefix("after ").strip(), word.span))
    if word.text == "cost":
        return cost_base(giver, word.span, -1)
    if past := re.fullmatch(r"lowest price of (\S+) (\w+)", word.text):
        return base_of(giver, BaseRef("lowest", None, word.span, Lit("duration", past[1], past[2], word.span)))
    giver.draft.report.add(
        words.tier_head(f"off {word.text}", word.span, "`off list`, `off running price` or `off after STEP`")
    )
    return None
