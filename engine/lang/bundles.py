"""Settles what bundles are made of: parts and what they offer, attributes, shared features, and bundles within bundles.

Rules come after, when every bundle's parts are known (`choices`): a rule may look into a bundle that stands inside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.lang import words
from engine.lang.choices import MOST_QUANTITIES, settle_choices, settle_configurations
from engine.lang.configurable import CHOSEN, FACTS, NONE, ONE, Attribute, Bundle, Member, Numbers, Part
from engine.lang.draft import Draft
from engine.lang.places import Span
from engine.lang.syntax import AttributeDecl, BundleBlock, DefaultDecl, PartDecl, Range, Word
from engine.lang.types import parse
from engine.values.kinds import Kind, decimal

NUMBER = Kind("number")
MOST_DEEP = 20
"""Bundles within bundles."""
MOST_OPTIONS = 100_000
"""Options that a bundle with all inside it may come to."""
WORDS = frozenset((NONE, CHOSEN))
"""Words that say something in a bundle's rules, so that nothing in one can be called so."""


def settle_bundles(draft: Draft) -> None:
    """Every bundle, first its parts, then its rules."""
    blocks = [block for block in draft.of(BundleBlock) if _declared(draft, block)]
    names = {block.name.text for block in blocks if not block.shared}
    for block in blocks:
        draft.bundles[block.name.text] = _bundle(draft, block, names)
    for block in blocks:
        _features(draft, block)
    looped = _loops(draft) or _too_large(draft)
    for block in blocks if not looped else ():
        bundle = draft.bundles[block.name.text]
        draft.bundles[block.name.text] = replace(bundle, **settle_choices(draft, bundle, block.choices))
    if not looped:
        settle_configurations(draft)


def _declared(draft: Draft, block: BundleBlock) -> bool:
    what, name = "features block" if block.shared else "bundle", block.name
    product = draft.goods.get(name.text)
    if product is not None:
        draft.report.add(words.duplicate("product", name.text, name.span, product.span))
        return False
    return _free(draft, what, name) and draft.declare("bundle", name.text, name.span)


def _free(draft: Draft, what: str, name: Word) -> bool:
    if name.text in WORDS:
        draft.report.add(words.reserved(what, name.text, name.span))
    return name.text not in WORDS


def _bundle(draft: Draft, block: BundleBlock, names: set[str]) -> Bundle:
    taken: dict[str, Span] = {}
    parts = [
        part for decl in block.parts if _new(draft, taken, "part", decl.name) and (part := _part(draft, decl, names))
    ]
    attributes = [
        one for a in block.attributes if _new(draft, taken, "attribute", a.name) and (one := _attribute(draft, a))
    ]
    known = {part.name for part in parts} | {attribute.name for attribute in attributes}
    lost = [decl for decl in block.parts if decl.name.text not in known]
    draft.lost |= {word.text for decl in lost for word in (decl.name, *decl.offered)}
    draft.lost |= {decl.name.text for decl in block.attributes if decl.name.text not in known}
    return Bundle(
        block.name.text, block.title or block.name.text, tuple(parts), tuple(attributes),
        tuple(dict.fromkeys(word.text for word in block.features)), (), (), (), (), block.shared, block.name.span,
    )  # fmt: skip


def _new(draft: Draft, taken: dict[str, Span], what: str, name: Word) -> bool:
    first = taken.setdefault(name.text, name.span)
    if first is not name.span:
        draft.report.add(words.duplicate(what, name.text, name.span, first))
    if name.text in FACTS:
        draft.report.add(words.reserved(what, name.text, name.span))
        return False
    return first is name.span and _free(draft, what, name)


# ---------------------------------------------------------------- parts


def _part(draft: Draft, decl: PartDecl, bundles: set[str]) -> Part | None:
    members = _members(draft, decl, bundles)
    if not members:
        return None
    each = _each(draft, decl, members)
    many = _many(draft, decl, len(members))
    if each is None or many is None:
        return None
    low, (numbers, may_lack) = many[0], each
    part = Part(
        decl.name.text, decl.title or decl.name.text, members, 0 if decl.optional or may_lack else low, many[1], numbers, None,
        decl.span, decl.text, decl.defaults[0].span if decl.defaults else None,
    )  # fmt: skip
    return replace(part, default=_defaults(draft, part, decl.defaults))


def _members(draft: Draft, decl: PartDecl, bundles: set[str]) -> tuple[Member, ...]:
    """What a part offers, in the order written."""
    if decl.family is not None:
        family = draft.find("family", decl.family, draft.families)
        found = [
            Member(code, False, decl.family.span) for code, goods in draft.goods.items() if family in goods.families
        ]
        if family is not None and not found:
            draft.report.add(words.no_part(decl.family.text, decl.family.span))
        return tuple(found)
    taken: dict[str, Span] = {}
    members = []
    for word in decl.offered or (decl.name,):
        known = word.text in draft.goods or word.text in bundles
        if not known:
            draft.unknown("product or bundle", word.text, word.span, [*draft.goods, *sorted(bundles)])
        elif taken.setdefault(word.text, word.span) is not word.span:
            draft.report.add(words.enum_twice(word.text, word.span))
        else:
            members.append(Member(word.text, word.text in bundles, word.span))
    return tuple(members)


def _many(draft: Draft, decl: PartDecl, count: int) -> tuple[int, int] | None:
    """From how many to how many of the members are chosen."""
    if decl.many is None:
        return 1, 1
    return number_of(draft, decl.many, count, decl.span)


def number_of(draft: Draft, many: tuple[Word | None, Word | None], count: int, span: Span) -> tuple[int, int] | None:
    """`up to 3`, `1 to 2`, `at least 1` of so many."""
    low, high = (int(word.text) if word and word.text.isdecimal() else None for word in many)
    wrong = any(word is not None and not word.text.isdecimal() for word in many)
    ends = low or 0, count if high is None else high
    if wrong or not (0 <= ends[0] <= ends[1] <= count) or not ends[1]:
        said = " to ".join(dict.fromkeys(word.text for word in many if word))
        draft.report.add(words.how_many(said, count, next((word.span for word in many if word), span)))
        return None
    return ends


def _each(draft: Draft, decl: PartDecl, members: Iterable[Member]) -> tuple[Numbers, bool] | None:
    """The quantities that one thing of a part is in, and whether it may be none of it."""
    if decl.each is None:
        return Numbers(ONE, ONE, ONE), False
    numbers = numbers_of(draft, decl.each, ONE)
    if numbers is None:
        return None
    may_lack = numbers.low == 0
    if may_lack:
        numbers = replace(numbers, low=numbers.step)
    if numbers.low <= 0 or numbers.high < numbers.low:
        draft.report.add(words.no_amount("a part is there in a quantity above 0", decl.each.span))
        return None
    good = [_fits(draft, decl.each, numbers, member) for member in members]
    return (numbers, may_lack) if all(good) else None


def _fits(draft: Draft, said: Range, numbers: Numbers, member: Member) -> bool:
    """Products are sold in their unit's decimals; bundles are there in whole numbers, all of one configured alike."""
    if member.bundle:
        whole = not any(tick % ONE for tick in (numbers.low, numbers.high, numbers.step))
        if not whole:
            draft.report.add(words.whole_inside(member.code, said.span))
        return whole
    unit = draft.goods[member.code].unit
    grain = 10 ** (6 - draft.units[unit].decimals) if unit is not None else 1
    odd = next((tick for tick in (numbers.low, numbers.high, numbers.step) if tick % grain), None)
    if odd is not None:
        draft.report.add(words.fraction_of_unit(decimal(odd), draft.unit_name(unit), said.span))
    return odd is None


def numbers_of(draft: Draft, said: Range, step: int | None) -> Numbers | None:
    """`60 to 200 in steps of 2.5`; without steps they go by `step`, None: they must be whole."""
    ends = [
        None if word is None else parse(draft, NUMBER, word.text, word.span)
        for word in (said.low, said.high, said.step)
    ]
    if any(word is not None and end is None for word, end in zip((said.low, said.high, said.step), ends, strict=True)):
        return None
    low = int(ends[0] or 0)
    high = low if said.high is None else int(ends[1] or 0)
    by = int(ends[2] or 0) if said.step is not None else step if step is not None else ONE
    if high < low:
        draft.report.add(words.range_reversed(said.span))
    elif by <= 0 or (high - low) % by:
        reason = f"from {decimal(low)} to {decimal(high)} there is no whole number of steps of {decimal(by)}"
        draft.report.add(words.no_amount(reason, said.span))
    else:
        return Numbers(low, high, by)
    return None


def _defaults(draft: Draft, part: Part, said: tuple[DefaultDecl, ...]) -> tuple[tuple[str, int | None], ...] | None:
    if not said:
        return None
    chosen: dict[str, int | None] = {}
    codes = [member.code for member in part.members]
    for one in said:
        what = one.what.text if one.what else part.name if part.single else ""
        if what == NONE and part.low == 0 and len(said) == 1:
            return ()
        count = None if one.count is None else parse(draft, NUMBER, one.count.text, one.count.span)
        if what not in codes or (count is not None and not part.each.has(int(count))):
            draft.report.add(
                words.no_default(
                    one.what.text if one.what else one.count.text if one.count else "", _offers(part), one.span
                )
            )
            return None
        chosen[what] = None if count is None else int(count)
    if not part.low <= len(chosen) <= part.high:
        draft.report.add(
            words.no_default(", ".join(chosen), f"{part.low} to {part.high} of {words.listed(codes)}", said[0].span)
        )
        return None
    return tuple(chosen.items())


def _offers(part: Part) -> str:
    amounts = part.each
    if part.single:
        return str(amounts) + (f", or {NONE}" if part.low == 0 else "")
    codes = words.listed([*(member.code for member in part.members), *([NONE] if part.low == 0 else [])])
    return codes if amounts.count == 1 else f"{codes}, each {amounts} times"


# ---------------------------------------------------------------- attributes and features


def _attribute(draft: Draft, decl: AttributeDecl) -> Attribute | None:
    numbers = None
    values = tuple(dict.fromkeys(word.text for word in decl.values))
    if decl.range is not None:
        numbers = numbers_of(draft, decl.range, None)
        if numbers is None:
            return None
    for at, word in enumerate(decl.values):
        if (word.text in values and decl.values.index(word) != at) or [w.text for w in decl.values[:at]].count(
            word.text
        ):
            draft.report.add(words.enum_twice(word.text, word.span))
        elif word.text in WORDS:
            draft.report.add(words.reserved("value", word.text, word.span))
    made = Attribute(
        decl.name.text, decl.title or decl.name.text, values, numbers, decl.asked, None, decl.span, decl.text
    )
    return replace(made, default=_default(draft, made, decl.defaults))


def _default(draft: Draft, attribute: Attribute, said: tuple[DefaultDecl, ...]) -> str | int | None:
    if not said:
        return None
    one, numbers = said[0], attribute.numbers
    text = one.what.text if one.what else one.count.text if one.count else ""
    if len(said) == 1 and numbers is None and one.what and one.count is None and text in attribute.values:
        return text
    if len(said) == 1 and numbers is not None and one.count and one.what is None:
        tick = parse(draft, NUMBER, text, one.span)
        if tick is not None and numbers.has(int(tick)):
            return int(tick)
    allowed = words.listed(attribute.values) if numbers is None else str(numbers)
    draft.report.add(words.no_default(text, allowed, one.span))
    return None


def _features(draft: Draft, block: BundleBlock) -> None:
    """The features that a bundle is said to have are there, and none of them has an attribute that it has too."""
    bundle, shared = (
        draft.bundles[block.name.text],
        {n: None for n, b in draft.bundles.items() if b.shared and n != block.name.text},
    )
    known = []
    own = {part.name: part.span for part in bundle.parts} | {one.name: one.span for one in bundle.attributes}
    for word in block.features:
        if word.text not in shared:
            draft.unknown("features block", word.text, word.span, list(shared))
            continue
        known.append(word.text)
        for attribute in draft.bundles[word.text].attributes:
            if own.setdefault(attribute.name, attribute.span) is not attribute.span:
                draft.report.add(words.duplicate("attribute", attribute.name, word.span, own[attribute.name]))
    draft.bundles[block.name.text] = replace(bundle, features=tuple(dict.fromkeys(known)))


# ---------------------------------------------------------------- bundles within bundles


def _loops(draft: Draft) -> bool:
    """Say of bundles that hold themselves; a feature that has features counts alike."""
    done: set[str] = set()
    found = [_holds_itself(draft, name, (), done) for name in draft.bundles]
    return any(found)


def _holds_itself(draft: Draft, name: str, chain: tuple[str, ...], done: set[str]) -> bool:
    """Say of a bundle that is inside those of the chain, and of those inside it; one that is done was said."""
    if name in done:
        return False
    if len(chain) > MOST_DEEP:
        draft.report.add(words.too_deep(MOST_DEEP, draft.bundles[name].span))
        return True
    if name in chain:
        loop = (*chain[chain.index(name) :], name)
        draft.report.add(words.holds_itself(loop, draft.bundles[name].span))
        return True
    inside = [_holds_itself(draft, other, (*chain, name), done) for other in _inside(draft.bundles[name])]
    done.add(name)
    return any(inside)


def _too_large(draft: Draft) -> bool:
    """Say of bundles that come to more options than are kept: what stands inside counts wherever it does."""
    sizes: dict[str, int] = {}
    large = [bundle for name, bundle in draft.bundles.items() if _size(draft, name, sizes) > MOST_OPTIONS]
    for bundle in large[:1]:
        draft.report.add(words.too_many_options(bundle.name, sizes[bundle.name], MOST_OPTIONS, bundle.span))
    return bool(large)


def _size(draft: Draft, name: str, sizes: dict[str, int]) -> int:
    """How many options a bundle comes to, about, each worked out once."""
    if name not in sizes:
        bundle = draft.bundles[name]
        own = sum(len(one.values) or _told(one.numbers) for one in bundle.attributes)
        offered = sum(len(part.members) * (1 + _told(part.each)) for part in bundle.parts)
        sizes[name] = own + offered + sum(_size(draft, other, sizes) for other in _inside(bundle))
    return sizes[name]


def _told(numbers: Numbers | None) -> int:
    """How many options a number comes to, about."""
    return min(numbers.count, MOST_QUANTITIES) if numbers else 0


def _inside(bundle: Bundle) -> list[str]:
    return [member.code for part in bundle.parts for member in part.members if member.bundle] + list(bundle.features)
