"""What changed in bundles: parts and attributes by name, rules by what they ask, whatever their order and layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from engine.lang import book as b
from engine.lang import configurable as c
from engine.lang.places import Span
from engine.pricing.compare import words as w
from engine.values.kinds import decimal

Told = tuple[str, str, str, str, Span]
"""Added, removed or changed; what it is of; what was said, and is; where."""


def bundle_words(bundle: c.Bundle) -> str:
    """What a bundle is made of, in a line."""
    made = [f"part {part.name}" for part in bundle.parts] + [f"attribute {each.name}" for each in bundle.attributes]
    return w.names_words([*made, *(f"with {name}" for name in bundle.features)])


def bundle_changes(old: b.Book, new: b.Book, was: c.Bundle, now: c.Bundle) -> Iterator[Told]:
    """Everything that differs between two bundles of a name."""
    for what, one, other in (("title", was.title, now.title), ("with", *map(_features, (was, now)))):
        if one != other:
            yield "~", what, one, other, now.span
    yield from _named("part", _by_name(was.parts), _by_name(now.parts), part_words)
    yield from _named("attribute", _by_name(was.attributes), _by_name(now.attributes), attribute_words)
    yield from _said(_rules(old, was), _rules(new, now))


def _features(bundle: c.Bundle) -> str:
    return w.names_words(sorted(bundle.features)) if bundle.features else "nothing"


def _by_name(things: Sequence[Any]) -> dict[str, Any]:
    return {thing.name: thing for thing in things}


def _named(what: str, was: dict[str, Any], now: dict[str, Any], say: Callable[[Any], str]) -> Iterator[Told]:
    for name in dict.fromkeys((*was, *now)):
        one, other = was.get(name), now.get(name)
        before, after = (say(each) if each else "" for each in (one, other))
        if before != after:
            mark = "~" if one and other else "-" if one else "+"
            yield mark, f"{what} {name}", before, after, (was | now)[name].span


def part_words(part: c.Part) -> str:
    """`one of basic, pro default basic`, `5 to 5_000`; what it offers in the order of the alphabet, for another order is no change."""
    codes = ", ".join(sorted(member.code for member in part.members))
    many = "" if part.single else f"{_many(part)} of {codes}"
    each = (
        ""
        if part.each == c.Numbers(c.ONE, c.ONE, c.ONE)
        else str(part.each)
        if part.single
        else f"with {part.each} each"
    )
    optional = "optional" if part.single and part.low == 0 else ""
    title = f'"{part.title}"' if part.title != part.name else ""
    return " ".join(filter(None, (title, many, each, optional, _default(part)))) or "1"


def _many(part: c.Part) -> str:
    if part.low == part.high:
        return "one" if part.low == 1 else str(part.low)
    return f"up to {part.high}" if part.low == 0 else f"{part.low} to {part.high}"


def _default(part: c.Part) -> str:
    if part.default is None:
        return ""
    if part.single and part.default:
        return f"default {decimal(part.default[0][1] or part.each.low)}"
    said = ((f"{decimal(ticks)} " if ticks is not None else "") + code for code, ticks in sorted(part.default))
    return f"default {', '.join(said) or c.NONE}"


def attribute_words(attribute: c.Attribute) -> str:
    """`one of red, blue default red`."""
    kind = str(attribute.numbers) if attribute.numbers else f"one of {', '.join(attribute.values)}"
    title = f'"{attribute.title}"' if attribute.title != attribute.name else ""
    default = attribute.default
    said = "" if default is None else f"default {decimal(default) if isinstance(default, int) else default}"
    return " ".join(filter(None, ("asks" if attribute.asked else "", title, kind, said)))


# ---------------------------------------------------------------- rules


def _rules(book: b.Book, bundle: c.Bundle) -> list[tuple[Any, str, Span]]:
    """What each rule, preference and message means, how it is written, and where."""
    found: list[tuple[Any, str, Span]] = [
        (w.neutral(book, (_unpriced(rule.asks), rule.guides, rule.because)), rule.text, rule.span)
        for rule in bundle.rules
    ]
    found += [(w.neutral(book, (p.holds, p.when, p.because)), p.text, p.span) for p in bundle.preferences]
    found += [
        (w.neutral(book, message), f'{message.severity} "{message.says}"', message.span) for message in bundle.messages
    ]
    found += [(w.neutral(book, shown), _shown(shown), shown.span) for shown in bundle.shown]
    return found


def _unpriced(asks: Any) -> Any:
    """A rule without the prices that it sums: those are told of their products."""
    if not isinstance(asks, c.Total):
        return asks
    return replace(asks, terms=tuple(replace(term, each=()) for term in asks.terms))


def _shown(shown: c.Shown) -> str:
    options = (f"{has.path} {'|'.join(sorted(has.values))}" for has in shown.of)
    return f"{shown.how} {', '.join(options)}"


def _said(was: list[tuple[Any, str, Span]], now: list[tuple[Any, str, Span]]) -> Iterator[Told]:
    """Rules that are gone, and those that came; a rule that reads almost as one that is gone is that one, changed."""
    meant, means = [key for key, *_ in was], [key for key, *_ in now]
    gone = {text: span for key, text, span in was if key not in means}
    for key, text, span in now:
        if key in meant:
            continue
        alike = get_close_matches(text, gone, 1, 0.6)
        if alike:
            gone.pop(alike[0])
            yield "~", "rule", alike[0], text if text != alike[0] else f"{text}, of other parts", span
        else:
            yield "+", "rule", "", text, span
    for text, span in gone.items():
        yield "-", "rule", text, "", span


def product_attributes(was: b.Product, now: b.Product) -> Iterator[Told]:
    """What a product has that bundles look at."""
    old, new = dict(was.attributes), dict(now.attributes)
    for name in dict.fromkeys((*old, *new)):
        one, other = (each.get(name) for each in (old, new))
        if one != other:
            before, after = ("" if v is None else decimal(v) if isinstance(v, int) else v for v in (one, other))
            yield "~", f"attribute {name}", before or "nothing", after or "nothing", now.span
