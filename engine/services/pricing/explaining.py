"""The verb of explaining: the plan that prices, the book it was made of, and only what the role may see."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from engine.plan.plan import Plan
from engine.pricing.explain import Explained, Explainer, shown
from engine.services.context import Context
from engine.services.pricing.verbs import Asked, Pricing
from engine.services.refusal import Refused

MOST_EXPLAINED = 200
"""Lines of one call."""
MOST_RULES = 200
"""Rules named in one call."""
MOST_EXPLAINERS = 8
"""Books that a worker keeps to explain by; a large one is as large as its text."""


class Explaining:
    """Explains quotes priced by the versions that answer for them."""

    def __init__(self, pricing: Pricing) -> None:
        self.pricing = pricing
        self._kept: OrderedDict[str, Explainer] = OrderedDict()

    def explain(
        self, context: Context, asked: Asked, lines: Sequence[int] = (), rules: Sequence[str] = ()
    ) -> tuple[str, Explained]:
        """Explain one quote: (the book's name, the explanation as the role may see it).

        Raises:
            Refused: the request is wrong, or asks for more than the role may see.
        """
        book, plan, quote = self.pricing.read(context, asked)
        _check_lines(lines, len(quote.lines))
        if rules and not context.may("see rules"):
            raise Refused("PERMISSION_DENIED", "ROLE", f"role {context.role} may not see rules", "rules")
        _check_rules(plan, rules)
        explainer = self._explainer(context, book, plan)
        context.in_time()
        explained = explainer.explain(quote, lines, rules)
        return book, shown(explained, context.may("see costs"), context.may("see rules"))

    def _explainer(self, context: Context, book: str, plan: Plan) -> Explainer:
        """The explainer of a plan; a version's name is the hash of its text, so that tenants may share it."""
        version = plan.head.version
        found = self._kept.get(version)
        if found is None:
            found = self._kept[version] = Explainer(plan, self.pricing.shelf.book(context.tenant, book, plan))
            while len(self._kept) > MOST_EXPLAINERS:
                self._kept.popitem(last=False)
        return found


def _check_lines(lines: Sequence[int], count: int) -> None:
    wrong = next((i for i, line in enumerate(lines) if not 1 <= line <= count), None)
    if wrong is not None:
        raise Refused(
            "INVALID_ARGUMENT",
            "NO_SUCH_LINE",
            f"the quote has lines 1 to {count}, and no {lines[wrong]}",
            f"lines[{wrong}]",
        )
    if (len(set(lines)) or count) > MOST_EXPLAINED:
        message = f"a call explains at most {MOST_EXPLAINED} lines of a quote: say which"
        raise Refused("INVALID_ARGUMENT", "TOO_MANY_LINES", message, "lines")


def _check_rules(plan: Plan, rules: Sequence[str]) -> None:
    if len(rules) > MOST_RULES:
        raise Refused("INVALID_ARGUMENT", "TOO_MANY_RULES", f"a call names at most {MOST_RULES} rules", "rules")
    known = {rule.name for rule in plan.head.rules} if rules else set()
    for i, rule in enumerate(rules):
        if rule not in known:
            raise Refused("INVALID_ARGUMENT", "UNKNOWN_RULE", f"the book has no rule `{rule[:60]}`", f"rules[{i}]")
