"""How a step chooses one of several prices, and how it rounds: `from contract, then region, then lowest`, `rounded to 1 EUR`.

The words are read with the steps; that the rules they name are there, prices, and of the step, once the rules are.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.lang import words
from engine.lang.book import All, Any, Case, Condition, Criterion, Levels, Not, Rule, Step, StepRounding, Subject
from engine.lang.draft import Draft
from engine.lang.syntax import Pick, Rounded, StepDecl, Steps, Word
from engine.lang.types import money

OWN = "book"
"""In a sequence: the product's own price."""
Pair = tuple[Rule, Case]


def choice_of(draft: Draft, entry: StepDecl) -> tuple[Criterion, ...]:
    """How the step chooses; () (and said) where its words are out of order."""
    found: list[Criterion] = []
    for pick in entry.picks:
        why = _misplaced(entry, pick, found)
        if why:
            said = pick.kind if not pick.names else " and ".join(word.text for word in pick.names)
            draft.report.add(words.choice_order(said, why, pick.span))
            return ()
        level = tuple(word.text for word in pick.names)
        if pick.kind == "level":
            last = found.pop()
            assert isinstance(last, Levels)
            found.append(Levels((*last.names, level)))
        elif pick.kind == "from":
            found.append(Levels((level,)))
        else:
            found.append(pick.kind)
    return tuple(found)


def _misplaced(entry: StepDecl, pick: Pick, before: list[Criterion]) -> str:
    """Why a word of a choice cannot stand where it does."""
    if entry.combine is not None:
        return f"the step is `{entry.combine}`"
    if entry.name.text == "floor":
        return "of several floors the highest counts"
    if "lowest" in before:
        return "after `lowest` nothing is left to choose"
    if pick.kind == "level":
        return "" if before and isinstance(before[-1], Levels) else "a sequence of rules begins with `from`"
    again = pick.kind in before or (pick.kind == "from" and any(isinstance(each, Levels) for each in before))
    return "it is said twice" if again else ""


def rounding_of(draft: Draft, entry: StepDecl) -> StepRounding | None:
    """How the step rounds."""
    if not entry.rounded:
        return None
    for more in entry.rounded[1:]:
        draft.report.add(words.twice("rounded", more.span))
    said = entry.rounded[0]
    if entry.name.text == "floor":
        fix = "let a step before it round, and choose floors that are round"
        draft.report.add(
            words.step_rounding("a price that was lifted to its floor could fall below it", said.span, fix)
        )
        return None
    return _rounding(draft, said)


def _rounding(draft: Draft, said: Rounded) -> StepRounding | None:
    step = draft.minor if said.to is None else money(draft, said.to, "what a step rounds to")
    plus = 0 if said.then is None else money(draft, said.then, "what is added after rounding")
    if step is None or plus is None:
        return None
    if step <= 0:
        draft.report.add(words.step_rounding("to a multiple of nothing", said.span, "write an amount such as 10 EUR"))
        return None
    return StepRounding(said.mode or draft.rounding.mode, int(step), said.sign * int(plus))  # type: ignore[arg-type]


# ---------------------------------------------------------------- once there are rules


def check_choices(draft: Draft) -> None:
    """What the sequences name, and what stands in a step that chooses."""
    of_name = {rule.name: rule for rule in draft.rules}
    for entry in (entry for block in draft.of(Steps)[:1] for entry in block.entries):
        seen: set[str] = set()
        for word in (word for pick in entry.picks for word in pick.names):
            if word.text in seen:
                draft.report.add(words.chosen_twice(word.text, word.span))
            elif word.text != OWN or entry.name.text != "list" or OWN in of_name:
                _named(draft, entry, word, of_name)
            seen.add(word.text)
    for rule in draft.rules:
        step = draft.step_list[rule.step]
        if step.choice and rule.kind != "price" and step.combine != "list":
            draft.report.add(words.prices_only(rule.kind, rule.name, step.name, rule.span))
        if step.combine == "list" and any(s.fold is not None for case in rule.cases for s in subjects(case.when)):
            draft.report.add(words.list_looks_across(rule.name, rule.span))


def _named(draft: Draft, entry: StepDecl, word: Word, of_name: dict[str, Rule]) -> None:
    rule, step = of_name.get(word.text), draft.steps.get(entry.name.text)
    if word.text == OWN and entry.name.text == "list":
        why, fix = "it means the product's own price, and a rule is called so too", "call the rule something else"
        draft.report.add(words.not_chosen(word.text, why, word.span, fix))
    elif word.text == OWN:
        why, fix = "only the step `list` chooses among a product's own prices", "leave it out"
        draft.report.add(words.not_chosen(word.text, why, word.span, fix))
    elif rule is None:
        if ("rule", word.text) not in draft.places:
            known = [each.name for each in draft.rules if each.step == step]
            draft.unknown("rule", word.text, word.span, [*known, OWN] if entry.name.text == "list" else known)
    elif rule.step != step:
        why = f"it is a rule of the step `{draft.step_list[rule.step].name}`"
        draft.report.add(words.not_chosen(word.text, why, word.span, "name rules of this step"))


def contenders(draft: Draft, number: int, step: Step) -> Iterator[list[Pair]]:
    """The cases of a step of which no two may hold together: nothing but the quote tells which would count."""
    pairs = [(rule, case) for rule in draft.rules if rule.step == number for case in rule.cases]
    if step.combine not in ("one only", "list", "tax") or "lowest" in step.choice:
        return
    ranked: dict[tuple[int, ...], list[Pair]] = {}
    for rule, case in pairs:
        ranked.setdefault(tuple(rank(each, rule, case) for each in step.choice), []).append((rule, case))
    yield from ranked.values()


def rank(criterion: Criterion, rule: Rule, case: Case) -> int:
    """Where a case stands by one criterion, the first counting."""
    if isinstance(criterion, Levels):
        names = {rule.name, *rule.exception_to}
        return next((i for i, level in enumerate(criterion.names) if names & set(level)), len(criterion.names))
    asked = {subject.name for subject in subjects(case.when)} - {"quote.date"}
    return -len(asked) if criterion == "most specific" else 0


def subjects(when: Condition) -> Iterator[Subject]:
    """Everything a condition looks at."""
    if isinstance(when, All | Any):
        for part in when.of:
            yield from subjects(part)
    elif isinstance(when, Not):
        yield from subjects(when.of)
    else:
        yield when.subject
