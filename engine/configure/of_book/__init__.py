"""A bundle of a book as a model: an option for everything that can be chosen, each rule with where and why it was written.

    part, attribute -> options          plan=pro     seat     seat=12     seat=100..5000     desk.colour=red
    rules           -> clauses, groups, sums, each of which knows the rule of the book that it is of

Wide quantities are cut where a rule names a number: what no rule tells apart is one option. A bundle inside is there as often as it is
offered, its options behind its path; a feature of an outer bundle is the same one inside.
"""

from __future__ import annotations

from fractions import Fraction

from engine.configure.configured import Configured
from engine.configure.digits import spell
from engine.configure.facts import facts_of
from engine.configure.model import Model, ModelError
from engine.configure.of_book.making import Making
from engine.configure.of_book.numbers import count, cut, mark_exact
from engine.configure.of_book.rules import add_rule
from engine.configure.of_book.standing import stand
from engine.configure.of_book.wishes import lines_of, said_of, wanted_of
from engine.lang import configurable as c
from engine.lang.book import Book


def configured(book: Book, name: str, named: tuple[c.Holds, ...] = ()) -> Configured:
    """The model of a bundle. `named` are conditions of the caller's: what numbers they tell apart, its options do.

    Raises:
        ModelError: the book has no such bundle, or a rule of it comes to more alternatives than are kept.
    """
    bundles = {bundle.name: bundle for bundle in book.bundles}
    bundle = bundles.get(name)
    if bundle is None or bundle.shared:
        known = ", ".join(b.name for b in book.bundles if not b.shared) or "none"
        raise ModelError(f"the book has no bundle {name!r}; it has {known}")
    return _made(Making(book, bundles), bundle, named)


def _made(making: Making, bundle: c.Bundle, named: tuple[c.Holds, ...]) -> Configured:
    whole = stand(making, bundle, "", None, {}, Fraction(1), True)
    facts = facts_of(making.book, (each.bundle for each in making.instances), named, bundle.span)
    for instance in making.instances:
        instance.scope |= {fact.path: fact for fact in facts}
    cut(making, whole, named)
    mark_exact(making)
    for variable in making.variables:
        count(making, variable)
    asked = []
    for fact in facts:
        made, just_one = fact.make(making.option)
        asked.append(made)
        making.add(just_one, fact.text)
    for variable in making.variables:
        for clause in spell(variable, making.option) if variable.exact else ():
            making.add(clause, variable.text)
    for instance in making.instances:
        for rule in instance.bundle.rules:
            add_rule(making, instance, rule)
    wanted = tuple(wanted_of(making))
    said = tuple(said_of(making))
    return Configured(
        bundle, Model(bundle.name, tuple(o.name for o in making.options), tuple(making.rules)), tuple(making.options),
        tuple(making.reasons), tuple(making.reason_of), wanted, said, tuple(lines_of(making)), whole.scope, tuple(asked),
    )  # fmt: skip
