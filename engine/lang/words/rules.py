"""What is said about rules, steps, tiers and prices: E5xx."""

from __future__ import annotations

from collections.abc import Iterable

from engine.lang.book import Step
from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
from engine.lang.words.form import Near, a, cut, error, listed


def no_days(span: Span) -> Diagnostic:
    return error(
        "E501",
        span,
        "these dates hold no day: they end before they begin",
        "`until` is the first day after, `through` the last day",
    )


def prices_overlap(what: str, product: str, span: Span, other: Span, day: str) -> Diagnostic:
    return error(
        "E502", span, f"`{cut(product)}` has two {what}s on {day}: the other is at {other.file}:{other.line}",
        "let one end where the other begins",
    )  # fmt: skip


def wrong_step(kind: str, step: str, span: Span) -> Diagnostic:
    if kind == "floor":
        return error("E503", span, f"a floor stands in the step `floor`, not in `{step}`", "write: floor NAME on ...")
    return error(
        "E503", span, f"{a(kind)} cannot stand in the step `{step}`", "declare a step of its own for it in `steps`"
    )


def idle_base(text: str, span: Span, reason: str) -> Diagnostic:
    return error("E532", span, f"`{text}` says nothing here: {reason}", "leave it out")


def percent_of(span: Span) -> Diagnostic:
    return error("E109", span, "this does not say what the percent is of", "for example: add 5% of list")


def amount_of(shown: str, span: Span) -> Diagnostic:
    return error(
        "E532",
        span,
        f"`{cut(shown)}` is an amount for each unit, not a part of something",
        "leave `of` and what follows out",
    )


def outside(name: str, rules: str, known: Iterable[str], span: Span) -> Diagnostic:
    return error(
        "E533", span, f"`{cut(name)}` is not among the products of {rules}, and an exception only narrows them",
        f"its products are: {listed(known)}",
    )  # fmt: skip


def counts_differ(column: str, declared: str, said: str, span: Span) -> Diagnostic:
    return error(
        "E412",
        span,
        f"column `{cut(column)}` is declared per {declared}, and this is per {said}",
        "say it in one place",
    )


def wrong_give(kind: str, wants: str, span: Span) -> Diagnostic:
    return error("E504", span, f"this is not what {a(kind)} gives", f"write {wants}")


def bad_tier(value: str, span: Span, example: str) -> Diagnostic:
    return error("E504", span, f"column `{value}` does not hold this", f"write {example}")


def compounding_base(step: str, span: Span) -> Diagnostic:
    return error(
        "E505", span, f"the step `{step}` compounds, so a percent in it is of the running price",
        "write `off running price`, or let the step be additive",
    )  # fmt: skip


def compounding_amount(step: str, span: Span) -> Diagnostic:
    return error(
        "E505",
        span,
        f"the step `{step}` compounds percents: an amount cannot stand in it",
        "put it in a step of its own",
    )


def price_adds(step: str, combine: str, span: Span) -> Diagnostic:
    return error(
        "E505",
        span,
        f"the step `{step}` is {combine}: a set price cannot stand in it",
        "let the step be `one only` or `best of`",
    )


def not_earlier(base: str, step: str, span: Span) -> Diagnostic:
    return error(
        "E506", span, f"`{base}` does not come before the step `{step}`", "name an earlier step, or `running price`"
    )


def tier_start(text: str, span: Span, number: str) -> Diagnostic:
    return error("E504", span, f"`{cut(text)}` is not where a tier begins", f"write the number alone: {cut(number)}")


def not_ascending(previous: str, span: Span) -> Diagnostic:
    return error(
        "E507",
        span,
        f"this tier does not begin above the one before, {previous}",
        "order the rows by their lower bound",
    )


def from_decimal(unit: str, span: Span) -> Diagnostic:
    return error("E508", span, f"`from` counts whole units, and {unit} have decimals", "write the column as `above`")


def tier_head(text: str, span: Span, wanted: str) -> Diagnostic:
    return error("E509", span, f"a tier table has no column `{cut(text)}` here", f"write {wanted}")


def no_tier_column(wanted: str, span: Span) -> Diagnostic:
    return error(
        "E509", span, f"this tier table has no column `{wanted}`", "the head is, for example: seats from | off"
    )


def no_rows(span: Span) -> Diagnostic:
    return error("E510", span, "this table has no rows", "write at least one")


def tiers_by(text: str, span: Span) -> Diagnostic:
    return error("E511", span, f"tiers cannot go by `{cut(text)}`", "write `by quantity`")


def missing_clause(what: str, span: Span, fix: str) -> Diagnostic:
    return error("E512", span, what, fix)


def whole_margin(span: Span) -> Diagnostic:
    return error("E308", span, "no price leaves a margin of 100%", "write a percent below 100%")


def one_give(span: Span) -> Diagnostic:
    return error("E513", span, "a rule gives one thing", "make a rule of its own for this line")


def no_price(product: str, span: Span) -> Diagnostic:
    return error(
        "E514",
        span,
        f"`{cut(product)}` has no price",
        "add a `price` line, a row in a price list, or a rule of the step `list`",
    )


def no_cost(product: str, measure: str, span: Span, more: int) -> Diagnostic:
    others = f" (nor {more} more)" if more else ""
    return error(
        "E515",
        span,
        f"a floor by {measure} needs a cost, and `{cut(product)}` has none{others}",
        "add `cost`, or a cost list",
    )


def exception_step(name: str, step: str, span: Span) -> Diagnostic:
    return error(
        "E516",
        span,
        f"`{name}` stands in the step `{step}`: an exception stands in the same one",
        f"write: {step} exception ...",
    )


def exception_cycle(name: str, span: Span) -> Diagnostic:
    return error(
        "E517",
        span,
        f"`{name}` comes back to itself through its exceptions, or is too long a chain of them",
        "an exception replaces a rule that stands without it",
    )


def exception_kinds(span: Span) -> Diagnostic:
    return error("E518", span, "this exception is to rules of different kinds", "write one exception for each kind")


def exception_wide(span: Span) -> Diagnostic:
    return error(
        "E519",
        span,
        "an exception with rows to a rule with rows makes too many cases",
        "write its conditions without rows",
    )


def overlap(one: str, other: str, step: Step, witness: str, span: Span, where: Span, row: str = "") -> Diagnostic:
    same = one == other
    place = f"{where.file}:{where.line}"
    what = f"two rows of `{one}` (the other is at {place})" if same else f"`{other}` and `{one}` ({place})"
    way = "choose: `most specific` or `lowest`" if step.combine == "list" or step.choice else "be `best of`"
    let = "" if step.combine == "tax" else f", or let the step {way}"
    narrow = f"narrow one of them{f', such as the second to: {row}' if row else ''}"
    fix = narrow if same else f"narrow one, write one as an exception to the other{let}"
    return error(
        "E520", span, f"{what} both apply in the step `{step.name}`, which takes one only",
        f"both apply to: {witness}; {fix}",
    )  # fmt: skip


def condition_size(span: Span) -> Diagnostic:
    return error("E521", span, "this condition is too large", "split the rule, or use a table with a row per case")


def figure_place(name: str, span: Span) -> Diagnostic:
    return error(
        "E522",
        span,
        f"`{name}` is a figure of the priced quote: it stands alone or joined by `and`",
        "write a `when` line for each alternative",
    )


def figure_relation(name: str, span: Span) -> Diagnostic:
    return error(
        "E522",
        span,
        f"`{name}` is a figure: compare it with one value",
        f"write `{name} > 15%` or `{name} >= 1_000 EUR`",
    )


def figure_in_rule(name: str, span: Span) -> Diagnostic:
    return error(
        "E523",
        span,
        f"`{name}` is known only when the quote is priced, so no price can hang on it",
        "use it in an `approval`",
    )


def needs_nobody(span: Span) -> Diagnostic:
    return error("E524", span, "this does not say who is asked", "write `needs deal_desk`")


def expect_what(text: str, span: Span, near: Near) -> Diagnostic:
    return error(
        "E525",
        span,
        f"nothing is called `{cut(text)}` in a priced quote",
        near.help("for example `seat.unit`, `quote.per_month`, `applied`"),
    )


def expect_value(what: str, span: Span, example: str) -> Diagnostic:
    return error("E526", span, f"`{cut(what)}` cannot be compared with this", f"write {example}")


def test_needs(what: str, span: Span, example: str) -> Diagnostic:
    return error("E527", span, f"there is no {what} here", f"write {example}")


def fact_place(path: str, span: Span, on_line: bool) -> Diagnostic:
    fix = "say it after `quote on ...`" if on_line else "say it on the `line`"
    return error("E531", span, f"`{path}` does not belong here", fix)


def line_not_in_test(name: str, span: Span, near: Near) -> Diagnostic:
    return error("E528", span, f"this test has no line of `{cut(name)}`", near.help())


def row_needs(what: str, example: str, span: Span) -> Diagnostic:
    return error("E527", span, f"this row has no {what}", f"write {example}")


def example_column(name: str, span: Span, near: Near) -> Diagnostic:
    return error(
        "E529", span, f"`{cut(name)}` is no fact, unit or expectation", near.help("for example `on`, `seats`, `= unit`")
    )


def ambiguous(name: str, span: Span, known: Iterable[str]) -> Diagnostic:
    return error("E530", span, f"`{cut(name)}` could be several facts", f"write one of: {listed(known)}")


def more(count: int, span: Span) -> Diagnostic:
    return error("E599", span, f"and {count:,} more mistakes", "mend these first")


# ---------------------------------------------------------------- over several lines


def fold_place(text: str, span: Span) -> Diagnostic:
    return error(
        "E590", span, f"`{cut(text)}` looks at several lines, and that is for conditions of rules in a step",
        "approvals look at quote.net, quote.list, quote.discount, quote.granted or quote.margin",
    )  # fmt: skip


def fold_period(text: str, periods: list[str], span: Span) -> Diagnostic:
    per = ", ".join(f"per {period}" for period in periods)
    return error(
        "E591", span, f"the lines that `{cut(text)}` counts are charged {per}, and those are never added",
        f"say which: {cut(text)} >= 100 EUR per {periods[0]}",
    )  # fmt: skip


def counts_kinds(text: str, kinds: list[str], span: Span) -> Diagnostic:
    unit = kinds[0]
    return error(
        "E584", span, f"`{cut(text)}` would add {' and '.join(kinds)}, which are not of one kind",
        f"name the unit (`>= 10 {unit}`; in a head of tiers `{unit} from`), or the lines: sum of quantity where (family is ...)",
    )  # fmt: skip


def counts_no_such(text: str, unit: str, counted: list[str], span: Span) -> Diagnostic:
    return error(
        "E584", span, f"`{cut(text)}` counts {' and '.join(counted)}, and no {cut(unit)}",
        f"write the number of {' or '.join(counted)}",
    )  # fmt: skip


def _measured(what: str, span: Span, fix: str) -> Diagnostic:
    return error("E539", span, f"{what} cannot be measured over several lines", fix)


def graduated_amount(span: Span) -> Diagnostic:
    return _measured("graduated tiers of an amount", span, "measure `by quantity`, or write `all units`")


def list_by_lines(span: Span) -> Diagnostic:
    return _measured("a list price", span, "write the table in a price rule of a later step: volume price NAME on seat")


def line_on_quote(name: str, path: str, span: Span) -> Diagnostic:
    return error(
        "E592", span, f"`{cut(name)}` works on several lines at once, and `{cut(path)}` is one line's",
        "ask about lines with `any line has (...)` or `sum of ... where (...)`",
    )  # fmt: skip


def over_one_line(what: str, span: Span) -> Diagnostic:
    return error(
        "E593", span, f"`{what}` is for a rule on the quote: this one gives to every line by itself",
        "write `on the quote`, or leave it out",
    )  # fmt: skip


def each_on_quote(span: Span) -> Diagnostic:
    return error(
        "E593", span, "`each line` gives to every line by itself, and this rule takes the lines together",
        "leave it out, or write the rule on a product, a family or everything",
    )  # fmt: skip


def quote_amount_unit(unit: str, span: Span) -> Diagnostic:
    return error(
        "E594", span, f"an amount on the quote is not per {unit}", "leave the unit out, or give it on a product"
    )


def quote_period(name: str, periods: list[str], span: Span) -> Diagnostic:
    per = ", ".join("once" if period == "once" else f"per {period}" for period in periods)
    return error(
        "E594", span, f"`{cut(name)}` is over lines charged {per}, and those are never added",
        f"say which: 10 EUR per {next((p for p in periods if p != 'once'), 'month')}, or name lines of one period",
    )  # fmt: skip


def across_step(name: str, step: str, combine: str, span: Span) -> Diagnostic:
    return error(
        "E595", span, f"the step `{step}` is {combine}: `{cut(name)}`, which works on several lines, cannot stand in it",
        "let the step be one only, best of, best of quote or additive",
    )  # fmt: skip


def alone_too_early(rule: str, asked: str, first: str, span: Span) -> Diagnostic:
    return error(
        "E583", span,
        f"what `{cut(rule)}` closes is settled as the step `{first}` begins, before it is known what `{cut(asked)}` comes to",
        f"ask about a sum that stands by then: `at list`, or `after` a step before `{first}`",
    )  # fmt: skip


def count(what: str, text: str, span: Span) -> Diagnostic:
    return error("E596", span, f"`{cut(text)}` is not a number of {what}", "write a whole number from 1 to 1_000_000")


def not_in_step(rule: str, step: str, span: Span) -> Diagnostic:
    return error(
        "E597", span, f"`{cut(rule)}` is not in one step with the others", f"name rules of the step `{step}` only"
    )


def deny_when(name: str, span: Span) -> Diagnostic:
    return error(
        "E598", span, f"`{cut(name)}` does not say when", 'add: when customer.country is "XX", or for each row of a table; and because "..."'
    )  # fmt: skip
