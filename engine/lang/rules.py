"""Settles rules and exceptions: rules come first, for an exception narrows the cases of the rules it replaces."""

from __future__ import annotations

from dataclasses import replace

from engine.lang import syntax, words
from engine.lang.book import Case, Condition, Limit, OnQuote, Rule, RuleKind
from engine.lang.cases import Rules, make_cases, meet, table_of
from engine.lang.draft import Draft, Table
from engine.lang.parts import NEVER, every, some
from engine.lang.syntax import RuleBlock, Steps, Target, Word
from engine.lang.targets import Products, Reach, Targets
from engine.lang.types import money

DISCOUNTS = ("discount", "offer")
MAX_EXCEPTION_CASES = 100_000
MAX_CHAIN = 20
"""Exceptions to exceptions."""
KINDS: dict[str, tuple[RuleKind, ...]] = {"list": ("price",), "floor": ("floor",), "net": (), "tax": ("tax",)}
"""Which rules stand in the fixed steps; all others take discounts, surcharges and prices."""


def settle_rules(draft: Draft) -> None:
    """Every rule and exception of the book."""
    blocks = draft.of(RuleBlock)
    if blocks and not draft.of(Steps):
        draft.report.add(words.no_steps(blocks[0].span))
        return
    named = {b.name.text: b for b in blocks if draft.declare("rule", b.name.text, b.name.span)}
    rules = Rules(draft, Targets(draft), named, {}, {}, [])
    for block in named.values():
        if block.kind != "exception":
            rules.made[block.name.text] = _rule(rules, block)
    for name in named:
        _exception(rules, name, ())
    draft.rules = [rule for name in named if (rule := rules.made.get(name)) is not None]
    for steps in draft.of(Steps)[:1]:
        for names in steps.together:
            _together(draft, names, named)


def _together(draft: Draft, names: tuple[Word, ...], known: dict[str, RuleBlock]) -> None:
    """`together A, B`: rules of one step that compete as one."""
    if any(word.text not in known for word in names):
        for word in (word for word in names if word.text not in known):
            draft.unknown("rule", word.text, word.span, known)
        return
    step = draft.steps.get(known[names[0].text].step.text)
    if step is None:
        return
    for word in names:
        if known[word.text].step.text != draft.step_list[step].name:
            draft.report.add(words.not_in_step(word.text, draft.step_list[step].name, word.span))
            return
    old = draft.step_list[step]
    draft.step_list[step] = replace(old, together=(*old.together, tuple(word.text for word in names)))


# ---------------------------------------------------------------- one rule


def _rule(rules: Rules, block: RuleBlock) -> Rule | None:
    kind: RuleKind = block.kind  # type: ignore[assignment]
    step = _step(rules.draft, block, kind)
    table, found = table_of(rules.draft, block)
    if block.target is None and kind != "offer":
        what = f"`{block.name.text}` does not say what it is on"
        rules.draft.report.add(
            words.missing_clause(what, block.name.span, "write: on everything, on seat, on family crm")
        )
        return None
    if not found:
        return None
    target = block.target or Target("everything", (), block.name.span)
    reach = rules.targets.reach(target, table, kind in DISCOUNTS)
    if reach is None or step is None:
        make_cases(rules, block, kind, step, table, reach or Reach(frozenset()))  # for what else is wrong
        return None
    cases = make_cases(rules, block, kind, step, table, reach)
    if cases is None:
        return None
    _say_never(rules.draft, block, cases, table, reach)
    return _with_more(
        rules.draft,
        block,
        Rule(block.name.text, kind, step, tuple(cases), block.name.span, (), block.because, block.title),
    )


def _with_more(draft: Draft, block: RuleBlock, rule: Rule) -> Rule:
    """The rule with what else it says: alone, final."""
    more = block.more
    if more is None:
        return rule
    found = [draft.find("step", word, draft.steps) for word in more.alone or ()]
    steps = tuple(step for step in found if step is not None)
    return replace(
        rule, alone=more.alone is not None, alone_in=steps, final=more.final, limits=_limits(draft, more.limits)
    )


def _limits(draft: Draft, said: tuple[syntax.Limit, ...]) -> tuple[Limit, ...]:
    """`once per customer`, `1_000 times`, `up to 50_000 EUR`."""
    made = []
    for limit in said:
        if limit.what == "customer" or limit.value is None:
            made.append(Limit("customer"))
        elif limit.what == "amount":
            amount = money(draft, limit.value, "")
            made.append(Limit("amount", None if amount is None else int(amount)))
        else:
            text = limit.value.text.replace("_", "")
            if not text.isdecimal() or not 0 < int(text) <= MOST_TIMES:
                draft.report.add(words.count("times", limit.value.text, limit.span))
            made.append(Limit("times", int(text) if text.isdecimal() else None))
    return tuple(made)


MOST_TIMES = 10**12


def _step(draft: Draft, block: RuleBlock, kind: RuleKind) -> int | None:
    step = draft.find("step", block.step, draft.steps)
    if step is None:
        return None
    combine = draft.step_list[step].combine
    if kind not in KINDS.get(combine, ("discount", "surcharge", "price", "offer")):
        draft.report.add(words.wrong_step(kind, block.step.text, block.step.span))
        return None
    return step


def _say_never(draft: Draft, block: RuleBlock, cases: list[Case], table: Table | None, reach: Reach | None) -> None:
    """Doubts about a rule that can reach nothing."""
    name, span = block.name.text, block.name.span
    if reach is not None and reach.products is not None and not reach.products:
        draft.report.add(words.never(name, "it is on no product", block.target.span if block.target else span))
    elif table is not None and not cases:
        draft.report.add(words.never(name, f"no row of `{table.name}` meets its conditions, dates and products", span))
    elif table is None and cases and all(case.when == NEVER for case in cases):
        draft.report.add(words.never(name, "its condition is never true", block.when.span if block.when else span))


# ---------------------------------------------------------------- exceptions


def _exception(rules: Rules, name: str, chain: tuple[str, ...]) -> Rule | None:
    """The rule of this name; an exception is made after the rules it is to, whatever their order in the files."""
    if name in rules.made:
        return rules.made[name]
    block = rules.blocks[name]
    if name in chain or len(chain) > MAX_CHAIN:
        rules.draft.report.add(words.exception_cycle(name, block.name.span))
        rules.made[name] = None
        return None
    parents: list[Rule] = []
    for word in block.exception_to:
        if word.text not in rules.blocks:
            rules.draft.unknown("rule", word.text, word.span, rules.blocks)
        elif (parent := _exception(rules, word.text, (*chain, name))) is not None:
            parents.append(parent)
    rules.made.setdefault(name, None)
    if parents and len(parents) == len(block.exception_to):
        rules.made[name] = _narrowed(rules, block, parents)
    return rules.made[name]


def _narrowed(rules: Rules, block: RuleBlock, parents: list[Rule]) -> Rule | None:
    """An exception's cases: its own words, within the products, dates and conditions of the rules it replaces."""
    draft = rules.draft
    kind, step = parents[0].kind, parents[0].step
    if any(parent.kind != kind for parent in parents):
        draft.report.add(words.exception_kinds(block.span))
        return None
    said = draft.find("step", block.step, draft.steps)
    for parent, word in zip(parents, block.exception_to, strict=True):
        if said is not None and parent.step != said:
            draft.report.add(words.exception_step(parent.name, draft.step_list[parent.step].name, word.span))
    table, found = table_of(draft, block)
    if said != step or not found:
        return None
    target = block.target or Target("everything", (), block.span)
    reach = rules.targets.reach(target, table, kind in DISCOUNTS)
    if reach is not None and not _inside_parents(draft, block, parents):
        return None
    reach = _within_parents(reach, parents) if reach is not None else None
    if reach is not None and any(isinstance(case.give, OnQuote) for parent in parents for case in parent.cases):
        reach = replace(reach, on_quote=True)
    cases = None if reach is None else make_cases(rules, block, kind, step, table, reach)
    if cases is None:
        return None
    wide = _merged(parents)
    if len(wide) * len(cases) > MAX_EXCEPTION_CASES and len(wide) > 1 and len(cases) > 1:
        draft.report.add(words.exception_wide(block.span))
        return None
    if reach is not None and reach.of_row is not None:
        _say_bare(draft, block, cases, _reached(parents))
    inside = [case for parent in wide for own in cases if (case := _inside(parent, own)) is not None]
    if not inside:
        draft.report.add(
            words.never(
                block.name.text, "it shares no product or date with what it is an exception to", block.name.span
            )
        )
    above = dict.fromkeys(word for parent in parents for word in (parent.name, *parent.exception_to))
    made = Rule(block.name.text, kind, step, tuple(inside), block.name.span, tuple(above), block.because, block.title)
    return _with_more(draft, block, made)


def _reached(parents: list[Rule]) -> Products:
    """Every product that the rules are on."""
    sets = {case.products for parent in parents for case in parent.cases}
    return None if None in sets else frozenset().union(*(products for products in sets if products is not None))


def _inside_parents(draft: Draft, block: RuleBlock, parents: list[Rule]) -> bool:
    """Whether each product and family that an exception names has products of the rules; says which has not."""
    reached = _reached(parents)
    if block.target is None or block.target.kind not in ("products", "family") or reached is None:
        return True
    outside = [word for word in block.target.names if not _products(draft, block.target.kind, word.text) & reached]
    rules = " and ".join(f"`{parent.name}`" for parent in parents)
    for word in outside:
        draft.report.add(words.outside(word.text, rules, (draft.codes[index] for index in sorted(reached)), word.span))
    return not outside


def _say_bare(draft: Draft, block: RuleBlock, cases: list[Case], reached: Products) -> None:
    """A doubt where rows of an exception name products that its rules are not on."""
    bare = [c for c in cases if reached is not None and c.products is not None and not c.products & reached]
    if bare and len(bare) < len(cases):
        draft.report.add(words.rows_never(block.name.text, bare[0].label, len(bare) - 1, bare[0].span))


def _products(draft: Draft, kind: str, name: str) -> frozenset[int]:
    if kind == "products":
        return frozenset((draft.number[name],))
    family = draft.families[name]
    return frozenset(index for index, goods in enumerate(draft.goods.values()) if family in goods.families)


def _within_parents(reach: Reach, parents: list[Rule]) -> Reach:
    """An exception reaches no more than its rules do: their units and periods are what its gives are checked with."""
    union = _reached(parents)
    if union is None or reach.of_row is not None:
        return reach
    return replace(reach, products=union if reach.products is None else reach.products & union)


def _merged(parents: list[Rule]) -> list[Case]:
    """The cases of the rules, those of the same products and dates as one that holds when any does."""
    groups: dict[tuple[Products, int | None, int | None], list[Case]] = {}
    for parent in parents:
        for case in parent.cases:
            groups.setdefault((case.products, case.start, case.end), []).append(case)
    return [
        Case(products, start, end, _any(cases), cases[0].give, cases[0].span)
        for (products, start, end), cases in groups.items()
    ]


def _any(cases: list[Case]) -> Condition:
    return some(list(dict.fromkeys(case.when for case in cases)))


def _inside(parent: Case, own: Case) -> Case | None:
    dates = meet((parent.start, parent.end), (own.start, own.end))
    products = (
        own.products
        if parent.products is None
        else parent.products
        if own.products is None
        else parent.products & own.products
    )
    if dates is None or (products is not None and not products):
        return None
    return Case(products, *dates, every([parent.when, own.when]), own.give, own.span, own.label)
