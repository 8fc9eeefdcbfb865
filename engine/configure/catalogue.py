"""What of a bundle is shown to be chosen: its questions, parts and attributes in the book's order, with their titles and options."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.configure.configured import Configured, Option
from engine.lang import configurable as c
from engine.lang.book import Book

QUESTION, ATTRIBUTE, PART, QUANTITY = "question", "attribute", "part", "quantity"


@dataclass(frozen=True, slots=True)
class Shown:
    """An option as it is shown: its number in the model, a title, and what it is the code of."""

    number: int
    option: Option
    title: str
    product: str = ""
    bundle: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A question, attribute, part, or how many of a thing: `least` to `most` of its options, under an option or always."""

    path: str
    title: str
    kind: str
    options: tuple[Shown, ...]
    least: int
    most: int
    under: int | None
    numbers: c.Numbers | None = None


def items_of(book: Book, made: Configured) -> tuple[Item, ...]:
    """Everything that can be chosen, questions first: of a bundle its own, those of its features, those of what is inside."""
    found = list(_Walk(book, made).items(made.bundle, "", frozenset()))
    return tuple(sorted(found, key=lambda item: item.kind != QUESTION))


class _Walk:
    """Goes through a bundle as the making of its model does."""

    def __init__(self, book: Book, made: Configured) -> None:
        self.made, self.bundles = made, {bundle.name: bundle for bundle in book.bundles}
        self.titles = {product.code: product.title or product.code for product in book.products}

    def items(self, bundle: c.Bundle, prefix: str, outer: frozenset[str]) -> Iterator[Item]:
        for attribute in bundle.attributes:
            yield self._attribute(attribute, prefix)
        shared = set(outer)
        for name in bundle.features:
            if name not in shared:
                yield from self.items(self.bundles[name], prefix, frozenset(shared))
                shared.add(name)
        for part in bundle.parts:
            yield from self._part(part, prefix, frozenset(shared))

    def _attribute(self, attribute: c.Attribute, prefix: str) -> Item:
        variable = self.made.scope[prefix + attribute.name]
        options = tuple(self._shown(number) for number in (*variable.values.values(), *_numbers(variable.amounts)))
        kind = QUESTION if attribute.asked else ATTRIBUTE
        title = attribute.title or attribute.name
        return Item(variable.path, title, kind, options, int(not attribute.asked), 1, variable.under, variable.numbers)

    def _part(self, part: c.Part, prefix: str, shared: frozenset[str]) -> Iterator[Item]:
        variable = self.made.scope[prefix + part.name]
        none = () if variable.none is None else (self._shown(variable.none),)
        options = (*(self._shown(number, offered=True) for number in variable.values.values()), *none)
        least = part.low if variable.none is None else 1
        yield Item(variable.path, part.title or part.name, PART, options, least, part.high, variable.under)
        for member in part.members:
            yield from self._member(part, member, prefix, shared)

    def _member(self, part: c.Part, member: c.Member, prefix: str, shared: frozenset[str]) -> Iterator[Item]:
        local = prefix + (part.name if part.single else f"{part.name}.{member.code}")
        counted, present = self.made.scope[local], self.made.scope[prefix + part.name].values[member.code]
        numbers = tuple(self._shown(number) for number in _numbers(counted.amounts) if number != present)
        if numbers:
            yield Item(counted.path, self._title(member.code), QUANTITY, numbers, 1, 1, present, counted.numbers)
        if member.bundle:
            yield from self.items(self.bundles[member.code], f"{local}.", shared)

    def _shown(self, number: int, offered: bool = False) -> Shown:
        """An option; `offered`: what it is the code of is a product or a bundle, and no word that is spelt like one."""
        option = self.made.options[number]
        if not offered:
            return Shown(number, option, option.value or option.name.partition("=")[2])
        bundle = option.value in self.bundles
        return Shown(
            number, option, self._title(option.value), "" if bundle else option.value, option.value if bundle else ""
        )

    def _title(self, code: str) -> str:
        bundle = self.bundles.get(code)
        return self.titles.get(code) or (bundle.title if bundle else "") or code


def _numbers(amounts: list[tuple[int, int, int]]) -> tuple[int, ...]:
    return tuple(option for *_, option in amounts)
