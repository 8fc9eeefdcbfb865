"""Which numbers are options: each by itself, or ranges that no rule tells apart."""

from __future__ import annotations

from engine.configure.model import Group
from engine.configure.of_book.making import Instance, Making
from engine.configure.variables import Variable, conditions_of, counts_in, default_numbers, ends_of
from engine.lang import configurable as c
from engine.values.kinds import decimal

TOLD_APART = 200
"""Numbers of which each is an option of its own."""


def cut(making: Making, whole: Instance, named: tuple[c.Holds, ...]) -> None:
    """Where rules, defaults and the caller tell numbers apart."""
    for counts in counts_in(named):
        whole.scope[counts.path].cuts |= ends_of(whole.scope[counts.path].numbers, counts.low, counts.high)
    for instance in making.instances:
        for counts in counts_in(conditions_of(instance.bundle)):
            variable = instance.scope[counts.path]
            variable.cuts |= ends_of(variable.numbers, counts.low, counts.high)
        for thing, local in instance.defaults:
            for path, tick in default_numbers(thing, local):
                instance.scope[path].cuts |= ends_of(instance.scope[path].numbers, tick, tick)


def mark_exact(making: Making) -> None:
    """Which wide numbers sums count."""
    for instance in making.instances:
        terms = (term for rule in instance.bundle.rules if isinstance(rule.asks, c.Total) for term in rule.asks.terms)
        counted = making.counted(instance)
        for variable in (variable for term in terms for variable in counted.variables(term)):
            variable.exact = variable.numbers is not None and variable.numbers.count > TOLD_APART


def count(making: Making, variable: Variable) -> None:
    """The options of a number; of a quantity that is always the same, the thing itself."""
    numbers = variable.numbers
    if numbers is None:
        return
    present = variable.present
    if numbers.count == 1 and variable.values:
        variable.amounts = [(numbers.low, numbers.high, next(iter(variable.values.values())))]
        return
    wide = numbers.count > TOLD_APART
    starts = sorted({numbers.low, *variable.cuts}) if wide else range(numbers.low, numbers.high + 1, numbers.step)
    for low, after in zip(starts, [*starts[1:], numbers.high + numbers.step], strict=True):
        high = after - numbers.step
        said = decimal(low) if low == high else f"{decimal(low)}..{decimal(high)}"
        made = making.option(f"{variable.path}={said}", variable.path, low=low, high=high, of_bundle=variable.of_bundle)
        variable.amounts.append((low, high, made))
    making.add(Group(tuple(option for *_, option in variable.amounts), 1, 1, present), variable.text)
