"""The words of every mistake in writing, one function each: what was read, and what to write instead."""

from __future__ import annotations

import re
from difflib import get_close_matches

from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span

LATER = {
    "obligation": "revenue rules",
}


OF_BUNDLES = ("part", "require", "forbid")


def of_bundle(span: Span, word: str) -> Diagnostic:
    """A clause of a bundle in another block."""
    return Diagnostic("E007", f"a `{word}` clause belongs in a bundle", span, "put it below a heading: bundle NAME")


def unknown_heading(span: Span, word: str, near: str) -> Diagnostic:
    """A block that begins with a word no block begins with."""
    known = "product, facts, steps, table, price list, cost list, floor, tax rate, approval, bundle, features, configure, test, examples, or STEP discount NAME"
    return Diagnostic(
        "E002", f"no block begins with `{word}`", span, f"did you mean `{near}`?" if near else f"blocks are {known}"
    )


def later(span: Span, word: str) -> Diagnostic:
    """A construct of the language that this version does not have."""
    return Diagnostic("E010", f"{LATER[word]} are not in this version yet", span, "leave this block out for now")


def at_margin(span: Span, word: str) -> Diagnostic:
    """A clause without its indent."""
    return Diagnostic("E003", f"`{word}` stands at the margin, where a block begins", span, "put two spaces before it")


def too_long(span: Span, what: str, most: str) -> Diagnostic:
    """Text past a bound."""
    return Diagnostic("E004", f"{what} is too large: at most {most}", span, "split it")


def no_table(span: Span) -> Diagnostic:
    """A clause that needs a table and has none."""
    return Diagnostic(
        "E005", "a table must follow this line", span, "write its rows below, each between pipes: | 10 | 5% |"
    )


def odd_table(span: Span) -> Diagnostic:
    """A table where none belongs."""
    return Diagnostic("E006", "no table belongs here", span, "remove it, or put the clause it belongs to above it")


def not_here(span: Span, word: str, block: str, allowed: str) -> Diagnostic:
    """A clause that this block does not have."""
    return Diagnostic("E007", f"a {block} has no `{word}` clause", span, f"its clauses are {allowed}")


def twice(span: Span, word: str) -> Diagnostic:
    """A clause said twice."""
    return Diagnostic("E008", f"`{word}` is said twice in this block", span, "keep one")


def per_once(span: Span) -> Diagnostic:
    """`30 EUR per seat per once`."""
    return Diagnostic(
        "E001", "`once` is no unit and no period", span, "leave it out: a price without a period is charged once"
    )


def own_term(span: Span, text: str) -> Diagnostic:
    """`50 EUR per 1.5 months`."""
    return Diagnostic(
        "E001", f"`per {text}` is no period", span, "write whole months or days above 0, such as per 12 months"
    )


def per_twice(span: Span, what: str, first: str) -> Diagnostic:
    """`49 EUR per seat per month per year`."""
    return Diagnostic(
        "E008", f"a second {what}: the first is `{first}`", span, "a price is per one unit and one period"
    )


def no_name(span: Span, head: str) -> Diagnostic:
    """A column's head that makes no name, `"€": money`."""
    return Diagnostic("E001", f'"{head}" makes no name for a column', span, f'give it one: amount "{head}": money')


def second_date(span: Span) -> Diagnostic:
    """A test with two pricing dates."""
    return Diagnostic("E008", "a second date in this test", span, "keep one: a quote has one pricing date")


def choose_of_nothing(span: Span) -> Diagnostic:
    """A `choose` of a test above its first bundle."""
    return Diagnostic(
        "E655", "nothing is there to choose in", span, "write the bundle above it: bundle suite 2 as desk_a"
    )


def other_amounts(span: Span) -> Diagnostic:
    """`give 5%, 3 USD off list`, `price 49 EUR per seat, 55 USD`."""
    return Diagnostic(
        "E334", "amounts in several currencies are written alike, each per the same unit and period", span,
        "for example: price 49 EUR per seat per month, 55 USD per seat per month",
    )  # fmt: skip


def needs_clause(span: Span, block: str, clause: str) -> Diagnostic:
    """A block without a clause it cannot do without."""
    return Diagnostic("E009", f"this {block} has no `{clause}` clause", span, "add one, indented below its heading")


def number_digits(span: Span) -> Diagnostic:
    """A figure with more digits than money has."""
    return Diagnostic("E011", "this number has too many digits", span, "at most 13 before the point and 9 after it")


# ---------------------------------------------------------------- what was meant, by how it looks


def _thousands(text: str) -> tuple[str, str, str]:
    return (
        "E101",
        "a comma inside a number",
        f"write {text.replace(',', '_')}; if these are several numbers, put a space after each comma",
    )


def _dashed(text: str) -> tuple[str, str, str]:
    low, _, high = text.partition("-")
    return (
        "E102",
        "a range is written with `to`",
        f"write {low} to {high}; in a tier table give only the lower bound: the next row ends it",
    )


def _date(text: str) -> tuple[str, str, str]:
    return "E110", f"`{text}` is not how a date is written", "write year, month and day: 2026-01-15"


def _sign(text: str) -> tuple[str, str, str]:
    code = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}[text[0]]
    return "E103", "a currency is its code, after the amount", f"write {text[1:] or '49.00'} {code}"


def _smart(text: str) -> tuple[str, str, str]:
    plain = text.strip("“”„«»‘’")
    return "E104", "these quotes come from a word processor", f'use plain quotes: "{plain}"'


def _comparison(text: str) -> tuple[str, str, str]:
    return (
        "E105",
        f"`{text}` is not a comparison here",
        "write `is` or `is not` for values, `=` `<` `<=` `>` `>=` between figures",
    )


def _unclosed(text: str) -> tuple[str, str, str]:
    return "E106", "this text has no closing quote", 'end it with " on the same line'


def _capital(text: str) -> tuple[str, str, str]:
    return (
        "E107",
        f"`{text}` begins with a capital",
        f'names are lower case: {text.lower()}; free text goes in quotes: "{text}"',
    )


def _exponent(text: str) -> tuple[str, str, str]:
    return "E108", "a number is written out in digits", "write 1_000_000, not 1e6"


def _decimal_comma(text: str) -> tuple[str, str, str]:
    return (
        "E581",
        "a comma in a number: decimals follow a point",
        f"write {text.replace(',', '.')}; if these are several numbers, put a space after each comma",
    )


def _spaced(text: str) -> tuple[str, str, str]:
    number = text.rstrip("%").strip().replace(",", ".")
    return "E580", "a percent sign stands right after its number", f"write {number}%"


def _arithmetic(text: str) -> tuple[str, str, str]:
    return (
        "E582",
        f"`{text}`: nothing is calculated in a book",
        "write the result; what is charged per month and what is charged per year are two products, never one sum",
    )


def _code_first(text: str) -> tuple[str, str, str]:
    code, number = text[:3], text[3:].strip()
    return "E103", "a currency is its code, after the amount", f"write {number} {code}"


def _sign_after(text: str) -> tuple[str, str, str]:
    return _sign(text[-1] + text[:-1].strip())


SPACED = re.compile(r"\d[\d_.,]*[ \t]+%")
LOOKS = (
    (re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?(?!\d)"), _thousands),
    (re.compile(r"\d[\d_]*,\d+%?"), _decimal_comma),
    (re.compile(r"\d[\d_.]*\s?[€$£¥]"), _sign_after),
    (re.compile(r"[A-Z]{3}[ \t]+\d[\d_.]*"), _code_first),
    (re.compile(r"[*+×÷]"), _arithmetic),
    (re.compile(r"\d[\d_.]*[eE][+-]?\d+"), _exponent),
    (re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d{2,4}|\d{4}([/.-])\d{1,2}\2\d{1,2}"), _date),
    (re.compile(r"\d[\d_]*-\d[\d_]*(?![\d_-])"), _dashed),
    (re.compile(r"[€$£¥]\s?[\d_.,]*"), _sign),
    (re.compile(r"[“”„«‘][^“”»’\n]*[“”»’]?"), _smart),
    (re.compile(r"==|!=|<>|=<|=>|&&|\|\|"), _comparison),
    (re.compile(r'"[^"\n]*$', re.M), _unclosed),
    (re.compile(r"[A-Z][A-Za-z0-9_]*"), _capital),
)


def looks_like(text: str, at: int) -> tuple[re.Match[str], tuple[str, str, str]] | None:
    """The nameable slip that stands at a place of a clause, if one does."""
    spaced = next((m for m in SPACED.finditer(text) if m.end() == at + 1), None)
    if spaced is not None:
        return spaced, _spaced(spaced.group())
    for pattern, words in LOOKS:
        match = pattern.match(text, at)
        if match:
            return match, words(match.group())
    return None


def unexpected(span: Span, word: str, near: str, wanted: list[str]) -> Diagnostic:
    """A word that makes no sense where it stands."""
    if word == "":
        return Diagnostic("E012", "this line ends too early", span, _one_of(wanted))
    help_ = f"did you mean `{near}`?" if near else _one_of(wanted)
    return Diagnostic("E001", f"`{word}` makes no sense here", span, help_)


def no_percent(span: Span, text: str, wanted: list[str]) -> Diagnostic:
    """A percent where a number of another kind belongs: `expect seat.unit = 15%`."""
    return Diagnostic("E001", f"`{text}` is a percent, and none belongs here", span, _one_of(wanted))


def misread(span: Span, word: str, after: str, near: str) -> Diagnostic:
    """A misspelt keyword that was read as a name or unit."""
    return Diagnostic(
        "E001",
        f"`{word}` was read as a name or a unit, and then `{after}` makes no sense",
        span,
        f"did you mean `{near}`?",
    )


def give_off(span: Span) -> Diagnostic:
    """`give 5% of list`, `give 5%`: a discount says what it is off."""
    return Diagnostic(
        "E109", "a discount ends with `off` and what it is off", span,
        "for example: give 5% off list, give 5% off running price (`5% of list` is an amount; a fixed price is `price ...`)",
    )  # fmt: skip


def nearest(word: str, known: list[str]) -> str:
    """The keyword most like a word, or ""."""
    return next(iter(get_close_matches(word.lower(), known, 1, 0.7)), "")


def _one_of(wanted: list[str]) -> str:
    return f"expected {', '.join(wanted[:8])}" if wanted else "see the language's page"
