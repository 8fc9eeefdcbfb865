"""What stands where around `net` and `tax`: nothing moves the price that is taxed, and below the net no price is set."""

from __future__ import annotations

from engine.lang import words
from engine.lang.draft import Draft


def settle_below(draft: Draft) -> None:
    """Say each step that stands where it would move an invoice price."""
    names = [step.name for step in draft.step_list]
    net = names.index("net") if "net" in names else len(names)
    tax = names.index("tax") if "tax" in names else len(names)
    for number, step in enumerate(draft.step_list):
        if number > net and step.combine == "floor":
            draft.report.add(words.floor_below_net(step.span))
        elif tax < number < net and step.combine not in ("tax", "net"):
            draft.report.add(words.after_tax(step.name, step.span))


def find_untaxed(draft: Draft) -> None:
    """Doubts about classes of products that no tax rule is for, where there are tax rules."""
    rules = [rule for rule in draft.rules if rule.kind == "tax"]
    if not rules or draft.report.failed or any(case.products is None for rule in rules for case in rule.cases):
        return
    taxed = frozenset().union(*(case.products or () for rule in rules for case in rule.cases))
    said: set[str] = set()
    for index, goods in enumerate(draft.goods.values()):
        if index not in taxed and goods.tax_class not in said:
            said.add(goods.tax_class)
            draft.report.add(words.class_untaxed(goods.code, goods.tax_class, goods.span))
