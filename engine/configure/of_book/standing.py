"""What stands where: parts and attributes of a bundle, of its features, and of the bundles inside."""

from __future__ import annotations

from fractions import Fraction

from engine.configure.model import Group
from engine.configure.of_book.making import Instance, Making
from engine.configure.totals import Piece
from engine.configure.variables import Reason, Variable
from engine.lang import configurable as c


def stand(
    making: Making,
    bundle: c.Bundle,
    prefix: str,
    under: int | None,
    outer: dict[str, Instance],
    times: Fraction,
    outermost: bool,
    within: tuple[Variable, ...] = (),
) -> Instance:
    """A bundle behind a prefix: its variables, and those of what is inside."""
    instance = Instance(bundle, under, {}, outermost, times, within)
    making.instances.append(instance)
    shared = dict(outer)
    for name in bundle.features:
        if name not in shared:
            shared[name] = stand(making, making.bundles[name], prefix, under, shared, times, False, within)
        instance.scope |= shared[name].scope
    for attribute in bundle.attributes:
        instance.scope[attribute.name] = _attribute(making, attribute, prefix, under, outermost)
        instance.defaults.append((attribute, attribute.name))
    for part in bundle.parts:
        _part(making, instance, part, prefix, shared, times)
        instance.defaults.append((part, part.name))
    return instance


def _attribute(making: Making, attribute: c.Attribute, prefix: str, under: int | None, own: bool) -> Variable:
    path = prefix + attribute.name
    reason = Reason(attribute.text, attribute.span, is_rule=False)
    made = Variable(path, reason, under, numbers=attribute.numbers, of_bundle=own)
    making.variables.append(made)
    for value in attribute.values:
        made.values[value] = making.option(f"{path}={value}", path, value=value, of_bundle=own)
    if made.values:
        low = 0 if attribute.asked else 1
        making.add(Group(tuple(made.values.values()), low, 1, under), reason)
    return made


def _part(
    making: Making, instance: Instance, part: c.Part, prefix: str, shared: dict[str, Instance], times: Fraction
) -> None:
    path, own, under = prefix + part.name, instance.outermost, instance.under
    reason = Reason(part.text, part.span, is_rule=False)
    whole = Variable(path, reason, under, of_bundle=own)
    instance.scope[part.name] = whole
    making.variables.append(whole)
    for member in part.members:
        name = path if part.single else f"{path}={member.code}"
        whole.values[member.code] = making.option(name, path, value=member.code, of_bundle=own)
    if part.low == 0 and part.high == 1 and not part.single:
        whole.none = making.option(f"{path}={c.NONE}", path, value=c.NONE, of_bundle=own)
    members = tuple(whole.values.values()) + (() if whole.none is None else (whole.none,))
    low = part.low if whole.none is None else 1
    making.add(Group(members, low, part.high, under), reason)
    if part.single and part.low == 0:
        whole.absent = 2 * whole.values[part.name] + 1
    for member in part.members:
        _member(making, instance, part, whole, member, prefix, shared, times)


def _member(
    making: Making, instance: Instance, part: c.Part, whole: Variable, member: c.Member, prefix: str,
    shared: dict[str, Instance], times: Fraction,
) -> None:  # fmt: skip
    """One thing that a part offers: its quantity, and what is inside."""
    option, local = whole.values[member.code], part.name if part.single else f"{part.name}.{member.code}"
    counted = (
        whole
        if part.single
        else Variable(prefix + local, whole.text, option, {member.code: option}, of_bundle=whole.of_bundle)
    )
    counted.numbers = part.each
    if counted is not whole:
        counted.absent = 2 * option + 1
        instance.scope[local] = counted
        making.variables.append(counted)
    if not member.bundle:
        making.pieces.append(Piece(prefix + local, member.code, times, counted, instance.within))
        return
    fixed = part.each.count == 1
    often = times * Fraction(part.each.low, c.ONE) if fixed else times
    within = instance.within if fixed else (*instance.within, counted)
    inner = stand(making, making.bundles[member.code], f"{prefix}{local}.", option, shared, often, False, within)
    instance.scope |= {f"{local}.{path}": variable for path, variable in inner.scope.items()}
