"""Takes lines through the steps: which rules apply in one, and how several stand together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from engine.lang import book as b
from engine.plan.conditions import holds
from engine.pricing.interpret.across import moves
from engine.pricing.interpret.bases import needs_cost
from engine.pricing.interpret.candidates import candidates_of
from engine.pricing.interpret.choices import best_combination, best_of_quote
from engine.pricing.interpret.folds import know_folds, know_places
from engine.pricing.interpret.gives import floor_of, given, makes_whole, whole_change
from engine.pricing.interpret.hits import Hit, hits_of, number_of, on_day, reaches
from engine.pricing.interpret.picks import Option, choose
from engine.pricing.interpret.pocket import at_net
from engine.pricing.interpret.rounds import round_step
from engine.pricing.interpret.seen import go_whole
from engine.pricing.interpret.shares import join, ready
from engine.pricing.interpret.state import Look, State
from engine.pricing.interpret.tax import find_charges
from engine.pricing.refusals import Fault
from engine.values.kinds import Value

Given = tuple[b.Rule, b.Case, Fraction]
"""A case, and what the line's value would be after it alone."""


def run(book: b.Book, known: Mapping[str, Value], lines: Sequence[State]) -> None:
    """All lines through each step, before the next. `known` is what is known of the quote."""
    for line in lines:
        line.known = {**known, **line.known}
    find_charges(book, lines)
    closing = candidates_of(book).closing
    for number, step in enumerate(book.steps):
        if number == closing:  # sums that it may ask about stand as they are when the first of those steps begins
            _keep_alone(book, [line for line in lines if line.fault is None])
        live = ready(lines)
        know_folds(book, number, live)
        know_places(book, number, live)
        if step.combine == "net":
            at_net(book, live)
        elif step.combine not in ("list", "tax"):
            _step(book, number, step, known, live)
        round_step(number, step, live)
        for line in live:
            line.after[number] = line.now
        join(book, number, lines)
    join(book, None, lines)
    _deny(book, [line for line in lines if line.fault is None])


def _deny(book: b.Book, lines: Sequence[State]) -> None:
    """Refuse the lines that the book denies, each for the first reason."""
    know_folds(book, len(book.steps), [line.invoiced or line for line in lines])
    for line in lines:
        day = int(line.known["quote.date"])
        for number, denial in enumerate(book.denials):
            among = denial.products is None or line.product in denial.products
            if among and on_day(denial, day) and holds(denial.when, line.known):
                line.fault = Fault("DENIED", rule=number)
                break


def _keep_alone(book: b.Book, lines: Sequence[State]) -> None:
    """Close to each line the steps in which a rule of another step stands alone; of two, the rule of the earlier step does."""
    for number in candidates_of(book).alone_steps:
        know_folds(book, number, lines)
        for line in lines:
            own = hits_of(book, number, line.product, line.known)
            several = hits_of(book, number, None, line.known)
            across = [hit for hit in several if reaches(hit, line.product, several)]
            for rule, _ in [*own, *across] if number not in line.closed else ():
                line.closed.update(step for step in rule.alone_in if step != number)


# ---------------------------------------------------------------- one step


def _step(book: b.Book, number: int, step: b.Step, known: Mapping[str, Value], lines: Sequence[State]) -> None:
    for line in lines:
        if step.skips and line.moved & set(step.skips):
            line.closed.add(number)
    header = {**known, **(lines[0].known if lines else {})}  # folds over the quote are the same for all of its lines
    local = [[] if number in line.closed else hits_of(book, number, line.product, line.known) for line in lines]
    solo = [{rule.name for rule, _ in hits if rule.alone} for hits in local]
    found = moves(book, number, header, lines, lambda i: _floor(book, number, lines[i]), solo)
    for i, line in enumerate(lines):
        moving = [(move.rule, move.case) for move in found if move.changes.get(i)]
        line.looks[number] = Look(dict(line.known), list(local[i]), moving, line.now)
    if step.combine in ("best of quote", "best combination"):
        local = [_weighed(book, line, hits) for line, hits in zip(lines, local, strict=True)]
    if step.combine == "best of quote":
        local, found = best_of_quote(book, step, lines, local, found)
    elif step.combine == "best combination":
        found = best_combination(book, lines, local, found)
    for i, line in enumerate(lines):
        if line.fault is not None:
            continue
        try:
            mine = [(move.rule, move.case, move.changes[i]) for move in found if move.changes.get(i)]
            _line_step(book, number, step, line, local[i], mine)
        except Fault as fault:
            line.fault = fault


def _weighed(book: b.Book, line: State, hits: list[Hit]) -> list[Hit]:
    """The cases of a line as they are, where each can be worked out; a line of which one cannot has no price."""
    try:
        _check_cost(book, hits, line)
        for _, case in hits:
            if whole_change(book.rounding, case.give, line) is None:
                given(case, line)
    except Fault as fault:
        line.fault = fault
        return []
    return hits


def _floor(book: b.Book, number: int, line: State) -> Fraction:
    """The highest floor of a later step, of the whole line: what a split leaves to it."""
    floors = [Fraction(0)]
    for later, step in enumerate(book.steps):
        if later > number and step.combine == "floor":
            for _, case in hits_of(book, later, line.product, line.known):
                floor = floor_of(case.give, line)
                floors.append(Fraction(0) if floor is None else line.as_whole((floor, line.whole)))
    return max(floors)


def _line_step(
    book: b.Book, number: int, step: b.Step, line: State, hits: Sequence[Hit], moved: Sequence[Given]
) -> None:
    if not hits and not moved:
        return
    changes = [(rule, case, whole_change(book.rounding, case.give, line)) for rule, case in hits]
    moved = [*moved, *((rule, case, change) for rule, case, change in changes if change is not None)]
    hits = [(rule, case) for rule, case, change in changes if change is None]
    if moved and line.ticks:
        go_whole(book.rounding, line)
    elif any(makes_whole(case.give, line) for _, case in hits):
        line.go_whole()
    _check_cost(book, hits, line)
    gives = [(rule, case, given(case, line)) for rule, case in hits]
    gives += [(rule, case, line.value + change) for rule, case, change in moved]
    line.looks[number].opened, line.looks[number].gives = line.now, gives
    if any(rule.alone for rule, _, _ in gives):
        first = min(rule.name for rule, _, _ in gives if rule.alone)
        gives = [one for one in gives if one[0].name == first]
    if step.choice:
        best = choose(book, step.choice, [Option(*one) for one in gives])
        gives = [one for one in gives if one[1] is best.case]
    if step.combine == "one only" and len(gives) > 1:
        raise Fault("CONFLICT", case=number_of(book, gives[0][1]), other=number_of(book, gives[1][1]))
    bars = len(line.bars)
    _combine(step, gives, line)
    _note(book, number, line, {bar.rule for bar in line.bars[bars:]})


def _note(book: b.Book, number: int, line: State, names: set[str]) -> None:
    """What later steps ask about the rules that moved the line."""
    rules = candidates_of(book).by_name
    applied = [rules[number, name] for name in names if (number, name) in rules]
    if not applied:
        return
    line.moved.add(number)
    if any(rule.final for rule in applied):
        net = next((n for n, step in enumerate(book.steps) if step.combine == "net"), len(book.steps))
        line.closed.update(n for n, step in enumerate(book.steps) if number < n < net and step.combine != "floor")


def _check_cost(book: b.Book, hits: Sequence[Hit], line: State) -> None:
    for _, case in hits:
        if line.cost is None and needs_cost(case.give):
            raise Fault("NO_COST", case=number_of(book, case))


# ---------------------------------------------------------------- several together


def _combine(step: b.Step, gives: Sequence[Given], line: State) -> None:
    if step.combine in ("additive", "compounding", "best of quote"):
        _settle_each(step, gives, line)
    elif step.combine == "floor":
        highest = max(gives, key=lambda g: g[2])
        if highest[2] > line.value:
            _settle(step, highest, line)
    elif step.together:
        _settle_sets(step, gives, line)
    else:
        _settle(step, min(gives, key=lambda g: (max(g[2], 0), g[0].name)), line)


def _settle(step: b.Step, chosen: Given, line: State) -> None:
    rule, case, value = chosen
    before, line.value = line.value, max(value, Fraction(0))
    if line.value != before:
        line.bar(step.name, rule, case, before, line.value)


def _settle_sets(step: b.Step, gives: Sequence[Given], line: State) -> None:
    """Best of rules and of sets that compete as one, each set's changes taken together."""
    sets: dict[tuple[str, ...], list[Given]] = {}
    for n, one in enumerate(gives):
        named = next((names for names in step.together if one[0].name in names), None)
        sets.setdefault(named or (one[0].name, str(n)), []).append(one)
    opened = line.value

    def after(given: Sequence[Given]) -> Fraction:
        return max(Fraction(0), opened + sum((value - opened for _, _, value in given), Fraction(0)))

    best = min(sets, key=lambda names: (after(sets[names]), min(rule.name for rule, _, _ in sets[names])))
    _settle_each(step, sets[best], line)


def _settle_each(step: b.Step, gives: Sequence[Given], line: State) -> None:
    """Compounding: every factor on what is left. Else every change is from the step's opening value."""
    opened = running = line.value
    for rule, case, value in gives:
        before = running
        if step.combine != "compounding":
            running += value - opened
        elif opened:
            running = running * value / opened
        if running != before:
            line.bar(step.name, rule, case, max(before, Fraction(0)), max(running, Fraction(0)))
    line.value = max(running, Fraction(0))
