"""What the rules of a bundle may name: its parts, what they offer, attributes, features, and all of that in bundles inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from engine.lang import words
from engine.lang.configurable import Attribute, Bundle, Member, Numbers, Part, is_fact
from engine.lang.draft import Draft, Goods, Look
from engine.lang.syntax import Word


@dataclass(frozen=True)
class Thing:
    """A part (`member` None), one thing that a part offers, an attribute, or a fact (`look`). A part of one thing is that thing."""

    path: str
    part: Part | None = None
    member: Member | None = None
    attribute: Attribute | None = None
    look: Look | None = None

    @property
    def of(self) -> str:
        """The path of the part or attribute whose value it is."""
        return self.path[: -len(self.member.code) - 1] if self.member is not None else self.path

    @property
    def one(self) -> bool:
        """Whether one thing is chosen of it at most."""
        return self.member is not None or (self.part is not None and self.part.high == 1)

    @property
    def single(self) -> bool:
        return self.part is not None and self.part.single

    @cached_property
    def values(self) -> tuple[str, ...]:
        """What may be chosen of it."""
        if self.attribute is not None:
            return self.attribute.values
        assert self.part is not None
        return tuple(m.code for m in ([self.member] if self.member else self.part.members))

    @property
    def numbers(self) -> Numbers | None:
        """What it may count; None where it is no number: a word, or several things."""
        if self.attribute is not None:
            return self.attribute.numbers
        return self.part.each if self.part is not None and (self.member is not None or self.single) else None


@dataclass
class Scope:
    """Things by path; codes by the paths of what offers them."""

    draft: Draft
    bundle: Bundle
    things: dict[str, Thing] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, draft: Draft, bundle: Bundle) -> Scope:
        """All that a bundle's rules may name."""
        scope = cls(draft, bundle)
        for thing in _things(draft, bundle, "", frozenset()):
            scope.things.setdefault(thing.path, thing)
            if thing.member is not None and thing.part in bundle.parts and thing.of == thing.part.name:
                scope.codes.setdefault(thing.member.code, []).append(thing.path)
        return scope

    def fact(self, path: str) -> Look | None:
        """The fact of the customer or the quote that has this path."""
        return self.draft.looks.get(path) if is_fact(path) else None

    def find(self, word: Word) -> Thing | None:
        """What a name means: a path before a code. None (and said) where that is nothing, or may be several things."""
        paths = [word.text] if word.text in self.things else self.codes.get(word.text, [])
        if len(paths) > 1:
            self.draft.report.add(words.offered_twice(word.text, paths, word.span))
        elif not paths:
            self._unknown(word)
        return self.things[paths[0]] if len(paths) == 1 else None

    def _unknown(self, word: Word) -> None:
        if self.draft.lost & {word.text, *word.text.split(".")}:
            return  # what is wrong with it was said there
        if is_fact(word.text) and word.text not in self.draft.looks:
            self.draft.unknown("fact", word.text, word.span, [*filter(is_fact, self.draft.looks)])
        elif word.text in self.draft.looks:
            self.draft.report.add(words.fact_of_line(word.text, is_fact(word.text), word.span))
        elif word.text in self.draft.goods:
            self.draft.report.add(words.not_of_bundle(word.text, "a product that no part offers", word.span))
        else:
            self.draft.unknown("part, option or attribute", word.text, word.span, [*self.things, *self.codes])

    def attribute_of(self, path: str) -> tuple[Thing, str] | None:
        """`cpu.socket`: a part, and an attribute that some product of its has; None where it is not that."""
        before, _, name = path.rpartition(".")
        paths = [before] if before in self.things else self.codes.get(before, [])
        thing = self.things[paths[0]] if len(paths) == 1 else None
        if path in self.things or thing is None or thing.part is None:
            return None
        return (thing, name) if any(name in goods.attributes for _, goods in self.goods(thing)) else None

    def goods(self, thing: Thing) -> list[tuple[str, Goods]]:
        """The products that may be chosen of a thing."""
        return [(code, self.draft.goods[code]) for code in thing.values if code in self.draft.goods]

    def repeated(self, thing: Thing) -> list[Thing]:
        """The bundles that a thing is inside of, as far as it is chosen how many of them there are."""
        names = thing.path.split(".")
        around = (self.things.get(".".join(names[:at])) for at in range(1, len(names)))
        return [each for each in around if each is not None and each.numbers is not None and each.numbers.count > 1]

    def counted(self, below: tuple[str, ...]) -> Iterator[tuple[Thing, Goods]]:
        """Every product with its quantity that stands below these paths; all of them where there are none."""
        for thing in self.things.values():
            if (
                thing.part is None
                or (thing.member is None and not thing.single)
                or thing.values[0] not in self.draft.goods
            ):
                continue
            if not below or any(thing.path == path or thing.path.startswith(path + ".") for path in below):
                yield thing, self.draft.goods[thing.values[0]]


def _things(draft: Draft, bundle: Bundle, prefix: str, shared: frozenset[str]) -> Iterator[Thing]:
    """Attributes of a feature that a bundle around has too are its own, and have no name inside."""
    for attribute in attributes_of(draft.bundles, bundle, shared):
        yield Thing(prefix + attribute.name, attribute=attribute)
    for part in bundle.parts:
        path = prefix + part.name
        yield Thing(path, part)
        for member in part.members:
            own = path if part.single else f"{path}.{member.code}"
            if not part.single:
                yield Thing(own, part, member)
            if member.bundle and member.code in draft.bundles:
                yield from _things(draft, draft.bundles[member.code], own + ".", shared.union(bundle.features))


def attributes_of(bundles: dict[str, Bundle], bundle: Bundle, but: frozenset[str] = frozenset()) -> Iterator[Attribute]:
    """A bundle's attributes, and those of its features `but` some."""
    yield from bundle.attributes
    for name in bundle.features:
        if name not in but:
            yield from attributes_of(bundles, bundles[name], but)
