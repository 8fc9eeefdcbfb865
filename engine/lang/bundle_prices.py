"""What bundles cost: the clauses `price` of each become cases of one rule, called as the bundle is, in the step `bundle`.

    price sum of parts, 5% off list    each part's line is given it; with a spread, all lines of a bundle together
    price 999 EUR                      the lines of a bundle, of what is charged so often, come to this
    price keyboard 10 EUR              what this part costs in the bundle; the clauses above leave it alone

Each asks for `line.bundle`; amounts over the lines of a bundle are `OnQuote` of its lines and not of the quote's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from engine.lang import words
from engine.lang.book import Case, Is, OnQuote, Rule, RuleKind
from engine.lang.cases import Rules, make_cases
from engine.lang.configurable import Bundle
from engine.lang.diagnostics import Diagnostic
from engine.lang.draft import Draft
from engine.lang.parts import every
from engine.lang.places import Span
from engine.lang.scopes import Scope
from engine.lang.syntax import BundleBlock, BundlePrice, GiveClause, PriceClause, RuleBlock, Word
from engine.lang.targets import Reach, Targets

STEP = "bundle"
"""The step in which bundles are priced."""


def settle_bundle_prices(draft: Draft) -> None:
    """The rule of each bundle that has a price other than that of its parts."""
    found = [block for block in draft.of(BundleBlock) if not block.shared and block.name.text in draft.bundles]
    priced = [block for block in found if any(said.off or said.fixed for said in block.prices)]
    for block in found:
        _say_twice(draft, block)
    if priced and STEP not in draft.steps:
        said = next(price for price in priced[0].prices if price.off or price.fixed)
        draft.report.add(words.no_bundle_step(priced[0].name.text, list(draft.steps), said.span))
        return
    rules = Rules(draft, Targets(draft), {}, {}, {}, [])
    for block in priced:
        if draft.declare("rule", block.name.text, block.name.span):
            _Prices(rules, block, draft.bundles[block.name.text]).settle()


def _say_twice(draft: Draft, block: BundleBlock) -> None:
    """One sum of parts, and a spread only where something is split."""
    sums = [said for said in block.prices if said.fixed is None]
    for said in sums[1:]:
        draft.report.add(words.priced_twice("the sum of its parts", sums[0].span, said.span))
    for said in sums:
        if said.off is None and said.over is not None:
            draft.report.add(words.spread_of_nothing(said.over.span))


@dataclass
class _Prices:
    """The prices of one bundle. `free`: products that no clause before has priced; `wrong`: something was, and said."""

    rules: Rules
    block: BundleBlock
    bundle: Bundle
    cases: list[Case] = field(default_factory=list)
    wrong: bool = False

    @property
    def draft(self) -> Draft:
        return self.rules.draft

    def settle(self) -> None:
        """Parts first, then amounts for all that is charged so often, then what the sum of the parts is given off."""
        free = frozenset(_products(self.draft, self.bundle, set()))
        for said in self.block.prices:
            if said.part is not None:
                free -= self._part(said, said.part)
        for said in self.block.prices:
            if said.fixed is not None and said.part is None:
                free -= self._fixed(said, said.fixed, free)
        for said in self.block.prices:
            if said.off is not None:
                self._off(said, said.off, free)
        if not self.wrong:
            kind: RuleKind = "price" if any(said.fixed for said in self.block.prices) else "discount"
            step, name = self.draft.steps[STEP], self.block.name
            self.draft.rules.append(Rule(name.text, kind, step, tuple(self.cases), name.span, title=self.block.title))

    # ------------------------------------------------------------ each clause

    def _part(self, said: BundlePrice, part: Word) -> frozenset[int]:
        """`price keyboard 10 EUR`: the products that a name in the bundle stands for."""
        scope = Scope.of(self.draft, self.bundle)
        named = part.text in scope.things or part.text in scope.codes
        thing = scope.find(part) if named else None
        codes = () if thing is None or thing.attribute is not None else thing.values
        priced = frozenset(self.draft.number[code] for code in codes if code in self.draft.number)
        first = next((c.span for c in self.cases if c.products is not None and c.products & priced), None)
        if named and thing is None:  # several parts offer it, which was said
            self.wrong = True
        elif not priced:
            sold = [
                path
                for path, one in scope.things.items()
                if not one.attribute and set(one.values) & set(self.draft.number)
            ]
            near = self.draft.report.near(part.text, sold)
            self._say(words.no_part_price(part.text, self.bundle.name, near, part.span))
        elif first is not None:
            self._say(words.priced_twice(f"`{part.text}`", first, said.span))
        else:
            self._add(said.span, said.fixed, "price", priced, part.text)
        return priced

    def _fixed(self, said: BundlePrice, clause: PriceClause, free: frozenset[int]) -> frozenset[int]:
        """`price 999 EUR`: of the lines that are charged so often."""
        goods = list(self.draft.goods.values())
        periods = sorted({goods[index].period for index in free})
        period = (clause.rate.period if clause.rate is not None else None) or "once"
        if period == "once" and len(periods) == 1:
            period = periods[0]  # an amount that says no period is for what all is charged by
        covered = frozenset(index for index in free if goods[index].period == period)
        first = next((c.span for c in self.cases if isinstance(c.give, OnQuote) and c.give.period == period), None)
        if first is not None:
            self._say(words.priced_twice(f"what is charged {_often(period)}", first, said.span))
        elif not covered:
            self._say(words.covers_nothing(_often(period), [_often(each) for each in periods], said.span))
        else:
            self._add(said.span, clause, "price", covered, "" if len(periods) == 1 else _often(period), on_quote=True)
        return covered

    def _off(self, said: BundlePrice, clause: GiveClause, free: frozenset[int]) -> None:
        """`price sum of parts, 5% off list`: a percent of each line, or over them all where it is to be spread; an amount always."""
        open_ = free & self.rules.targets.open
        if not open_:
            self._say(words.covers_nothing("", [], said.span))
        elif not _is_percent(clause) or said.over is None:
            self._add(said.span, clause, "discount", open_, "", on_quote=not _is_percent(clause))
        else:
            goods = list(self.draft.goods.values())
            periods = sorted({goods[index].period for index in open_})
            for period in periods:  # what is charged apart is split apart
                covered = frozenset(index for index in open_ if goods[index].period == period)
                label = _often(period) if len(periods) > 1 else ""
                self._add(said.span, clause, "discount", covered, label, on_quote=True)

    def _add(
        self, span: Span, clause: GiveClause | PriceClause | None, kind: RuleKind, products: frozenset[int], label: str,
        on_quote: bool = False,
    ) -> None:  # fmt: skip
        """The cases of a clause, made as those of any rule on these products, for lines of this bundle."""
        assert clause is not None
        step = Word(STEP, span)
        block = RuleBlock(
            step, kind, self.block.name, None, None, (), None, None, None, (clause,), None, None, None, span
        )
        reach = Reach(products, on_quote=on_quote)
        made = make_cases(self.rules, block, kind, self.draft.steps[STEP], None, reach)
        self.wrong = self.wrong or made is None
        inside = Is(self.draft.looks["line.bundle"].subject, frozenset((self.bundle.name,)))
        for case in made or ():
            give = case.give
            if isinstance(give, OnQuote):
                give = replace(give, each="bundle")
            self.cases.append(
                replace(case, give=give, when=every([inside, case.when]), span=span, label=case.label or label)
            )

    def _say(self, diagnostic: Diagnostic) -> None:
        self.draft.report.add(diagnostic)
        self.wrong = True


def _is_percent(clause: GiveClause) -> bool:
    return getattr(clause.amount, "kind", "") == "percent"


def _often(period: str) -> str:
    return {"once": "once", "use": "by usage"}.get(period, f"per {period}")


def _products(draft: Draft, bundle: Bundle, seen: set[str]) -> Iterator[int]:
    """All that may be in it, also inside."""
    seen.add(bundle.name)
    for member in (member for part in bundle.parts for member in part.members):
        if not member.bundle and member.code in draft.number:
            yield draft.number[member.code]
        elif member.code in draft.bundles and member.code not in seen:
            yield from _products(draft, draft.bundles[member.code], seen)
