"""Settles what is sold: products from blocks and files, their families and units, and every dated price and cost.

Two passes, for tables between them name products: `settle_products` knows every code, `settle_prices` every price.
"""

from __future__ import annotations

from fractions import Fraction

from engine.lang import words
from engine.lang.attributes import attribute_columns, take_attributes, take_cells
from engine.lang.blocks.declared import name_of
from engine.lang.book import DatedPrice, Product
from engine.lang.charges import Charge, held, package_of
from engine.lang.draft import RESERVED, STANDARD, Column, Draft, Goods
from engine.lang.durations import PERIODS
from engine.lang.exchange import foreign, priced_in
from engine.lang.measures import times
from engine.lang.methods import clause
from engine.lang.prices import in_order
from engine.lang.sheets import CsvSheet, load
from engine.lang.syntax import Declared, ListFrom, PriceClause, ProductBlock, ProductsFrom, Rate, Setting, Word
from engine.lang.tables import position, read_columns, row_dates
from engine.lang.tariffs import special
from engine.lang.terms import settle_terms
from engine.lang.types import days, per_count, per_unit, rate_micros, read_cell, shown

BILL = ("bill", "recognise", "ssp")
"""Settings of a product that are kept as written, for the stages downstream."""
ROLES = ("code", "name", "family", "unit", "tax")
MAX_CODE = 100


# ---------------------------------------------------------------- products


def settle_products(draft: Draft) -> None:
    """Every product of the book, by code; prices come later."""
    for source in draft.of(ProductsFrom):
        _from_file(draft, source)
    for block in draft.of(ProductBlock):
        _from_block(draft, block)
    draft.codes = list(draft.goods)
    draft.number = {code: index for index, code in enumerate(draft.codes)}


def _from_block(draft: Draft, block: ProductBlock) -> None:
    code = block.name.text
    if not draft.declare("product", code, block.name.span):
        return
    goods = Goods(
        code,
        block.title or code,
        block.name.span,
        never_discounted=block.never_discounted,
        shipping=block.shipping,
        terms=block.terms,
    )
    if block.unit is not None:
        goods.unit = draft.find("unit", block.unit, draft.unit_of)
        goods.broken = goods.unit is None
    goods.families = _families(draft, block.families)
    goods.tax_class = block.taxed_as.text if block.taxed_as else STANDARD
    _settings(draft, goods, block.settings)
    take_attributes(draft, goods, block.attributes)
    draft.goods[code] = goods


def period_of(draft: Draft, word: Word) -> str:
    """The period of `charged per month`."""
    if word.text not in PERIODS:
        draft.unknown("period", word.text, word.span, PERIODS)
        return "once"
    return word.text


def _families(draft: Draft, names: tuple[Word, ...]) -> list[int]:
    found = [draft.find("family", word, draft.families) for word in names]
    return list(dict.fromkeys(index for index in found if index is not None))


def _settings(draft: Draft, goods: Goods, settings: tuple[Setting, ...]) -> None:
    for setting in settings:
        name = setting.name.text
        if name not in BILL:
            near = draft.report.near(name, [*BILL, "price", "cost", "family", "unit"])
            draft.report.add(words.unknown_setting(name, setting.name.span, near))
        elif any(name == said for said, _ in goods.settings):
            draft.report.add(words.twice(name, setting.name.span))
        else:
            text = " ".join(shown(value) for value in setting.values)
            goods.settings.append((name, text))
            if name == "ssp":
                goods.ssp = _ssp(draft, Word(text, setting.name.span))
            goods.by_usage = goods.by_usage or (name == "bill" and text.endswith("by usage"))


def _ssp(draft: Draft, said: Word) -> Fraction | None:
    """`ssp 45.00 EUR per seat per month`: micros per unit."""
    told = words.bad_setting("ssp", said.text, said.span, "a price, such as ssp 45.00 EUR per seat per month")
    rate = read_cell(draft, said, told)
    if isinstance(rate, Rate) and rate.started:
        draft.report.add(words.started_here("a stand-alone price", rate.span))
    elif isinstance(rate, Rate):
        return rate_micros(draft, rate, "ssp")
    elif rate is not None:
        draft.report.add(told)
    return None


def _from_file(draft: Draft, source: ProductsFrom) -> None:
    """`products from "products.csv"`: a product a row."""
    sheet = load(draft, source.file)
    if sheet is None:
        return
    at = _roles(draft, source, sheet)
    if "code" not in at:
        if not any(role.text == "code" for role, _ in source.columns):
            fix = "add: code column sku"
            draft.report.add(words.missing_clause("it is not said which column is the code", source.span, fix))
        return
    unit = draft.find("unit", source.unit, draft.unit_of) if source.unit else None
    constant = _families(draft, source.families)
    attributes = attribute_columns(draft, source, sheet)
    for row in range(len(sheet.rows)):
        goods = _row_product(draft, sheet, row, at)
        if goods is not None:
            goods.unit = goods.unit if goods.unit is not None else unit
            goods.families = list(dict.fromkeys(constant + goods.families))
            goods.never_discounted = source.never_discounted
            if source.taxed_as and "tax" not in at:
                goods.tax_class = source.taxed_as.text
            take_cells(draft, goods, sheet, row, attributes)
            if source.period:
                goods.periods[source.period] = source.span


def _roles(draft: Draft, source: ProductsFrom, sheet: CsvSheet) -> dict[str, list[int]]:
    """Which columns of the file give what."""
    at: dict[str, list[int]] = {}
    for role, column in source.columns:
        place = position(draft, sheet, column, column)
        if role.text not in ROLES:
            draft.report.add(words.unknown_setting(role.text, role.span, draft.report.near(role.text, ROLES)))
        elif role.text in at and role.text != "family":
            draft.report.add(words.twice(role.text, role.span))
        elif place is not None:
            at.setdefault(role.text, []).append(place)
    return at


def _row_product(draft: Draft, sheet: CsvSheet, row: int, at: dict[str, list[int]]) -> Goods | None:
    cells, place = sheet.rows[row], at["code"][0]
    code = cells[place]
    if not code or len(code) > MAX_CODE:
        reason = words.cell(sheet.head[place], f"a code has 1 to {MAX_CODE} characters", sheet.cell_span(row, place))
        draft.report.add(reason)
        return None
    first = draft.places.setdefault(("product", code), span := sheet.row_span(row))
    if first is not span:
        draft.report.add(words.duplicate("product", code, sheet.cell_span(row, place), first))
        return None
    title = cells[at["name"][0]] if "name" in at else code
    goods = draft.goods[code] = Goods(code, title or code, span)
    for family in at.get("family", ()):
        _row_family(draft, sheet, row, family, goods)
    if "unit" in at:
        _row_unit(draft, sheet, row, at["unit"][0], goods)
    if "tax" in at:
        goods.tax_class = name_of(cells[at["tax"][0]]) or STANDARD
    return goods


def _row_family(draft: Draft, sheet: CsvSheet, row: int, at: int, goods: Goods) -> None:
    """A family named by a column is created by its values."""
    text = sheet.rows[row][at]
    name = name_of(text)
    if name in RESERVED or (text and not name):
        reason = f"`{words.cut(text)}` makes no name for a family"
        draft.report.add(words.cell(sheet.head[at], reason, sheet.cell_span(row, at)))
    elif name:
        goods.families.append(draft.families.setdefault(name, len(draft.families)))


def _row_unit(draft: Draft, sheet: CsvSheet, row: int, at: int, goods: Goods) -> None:
    text = sheet.rows[row][at]
    goods.unit = draft.unit_of.get(text)
    if goods.unit is None:
        goods.broken = True
        near = draft.report.near(text, draft.unit_of)
        draft.report.add(words.unknown_cell("unit", text, sheet.head[at], sheet.cell_span(row, at), near))


# ---------------------------------------------------------------- prices and costs


def settle_prices(draft: Draft) -> None:
    """Prices and costs from blocks, then from lists; each product's in order of time."""
    for block in draft.of(ProductBlock):
        goods = draft.goods.get(block.name.text)
        if goods is not None and goods.span is block.name.span:
            _block_prices(draft, goods, block)
    for source in draft.of(ListFrom):
        if draft.declare(f"{source.kind} list", source.name.text, source.name.span):
            _list_in(draft, source)


def _block_prices(draft: Draft, goods: Goods, block: ProductBlock) -> None:
    if block.charged is not None:
        goods.periods.setdefault(period_of(draft, block.charged), block.charged.span)
    goods.shares = [said for said in block.prices if said.share is not None]
    plain = [said for said in block.prices if said.share is None]
    for said in plain:
        code = foreign(draft, said)
        if code is not None:
            with priced_in(draft, code):
                own = clause(draft, said, goods, block.terms)
            goods.own.setdefault(code, []).extend([own] if own is not None else [])
    home = [said for said in plain if foreign(draft, said) is None]
    for said, into in [(p, goods.prices) for p in home] + [(c, goods.costs) for c in block.costs]:
        if said.accrual is not None or said.tariff is not None:
            price = special_clause(draft, said, goods)
        else:
            price = clause(draft, said, goods, block.terms, into is goods.costs)
        if price is not None:
            into.append(price)


def special_clause(draft: Draft, said: PriceClause, goods: Goods) -> DatedPrice | None:
    """A `price` line with a rate or a tariff."""
    dates, price = days(draft, said.dates), special(draft, said, goods)
    if price is None or dates is None:
        goods.broken = True
        return None
    return DatedPrice(price, dates[0], dates[1], said.span)


def _list_in(draft: Draft, source: ListFrom) -> None:
    """A list, in the book's currency or in the one it names."""
    code = source.currency.text if source.currency else draft.currency
    if source.currency is not None and code != draft.currency and code not in draft.currencies:
        draft.report.add(words.not_of_book(code, [draft.currency, *draft.currencies], source.currency.span))
    elif source.currency is not None and source.kind == "cost" and code != draft.currency:
        draft.report.add(words.wrong_currency(code, draft.currency, source.currency.span))
    else:
        home = draft.currency
        with priced_in(draft, code):
            _list(draft, source, None if code == home else code)


def _list(draft: Draft, source: ListFrom, own: str | None) -> None:
    """`price list NAME from "x.csv"`: a dated price a row."""
    sheet = load(draft, source.file)
    if sheet is None:
        _excuse(draft)
        return
    columns = read_columns(draft, sheet, [decl for decl in source.columns if _of_list(draft, source, decl)])
    product = _only(draft, source, [c for c in columns.values() if c.product], "product")
    amount = _only(draft, source, [c for c in columns.values() if c.kind.name == "money"], "money")
    dates = row_dates(draft, sheet, list(columns.values()))
    rate = amount.decl.rate if amount else None
    each = _each(draft, source, rate)
    good, unit = per_unit(draft, rate) if rate else (True, None)
    if product is None or amount is None or each is None or not good:
        _excuse(draft)
        return
    for row, (index, micros) in enumerate(zip(product.values, amount.values, strict=True)):
        if index is not None and micros is not None:
            start, end = dates[row] if dates else (None, None)
            charged = Charge(Fraction(int(micros)) * each.amount, each.package)
            goods, span = draft.goods[draft.codes[int(index)]], sheet.row_span(row)
            if rate and rate.per_unit is not None and unit != goods.unit:
                charged = charged.held(held(draft, rate.per_unit, goods.unit))
            into = goods.prices if source.kind == "price" else goods.costs
            dated = DatedPrice(charged.price(span), start, end, span)
            _listed(draft, goods, dated, goods.own.setdefault(own, []) if own else into, rate, unit)


def _each(draft: Draft, source: ListFrom, rate: Rate | None) -> Charge | None:
    """What an amount of 1 micro in the list charges."""
    if rate is None or not rate.started:
        count = per_count(draft, rate) if rate else 1
        return None if count is None else Charge(Fraction(1, count))
    if source.kind == "cost":
        draft.report.add(words.started_here("a cost", rate.span))
        return None
    package = package_of(draft, rate)
    return None if package is None else Charge(Fraction(1), Fraction(package))


def _of_list(draft: Draft, source: ListFrom, decl: Declared) -> bool:
    """Whether a list can have such a column: its prices hang on the product and the day only."""
    what = "is a key" if decl.key else "joins another table" if decl.type.name == "join" else ""
    if what:
        fix = "a price that hangs on more is a rule with a row per price: for each row of TABLE"
        draft.report.add(
            words.column_use(decl.path.text, f"{what}, which a {source.kind} list has not", decl.span, fix)
        )
    return not what


def _excuse(draft: Draft) -> None:
    """A list was refused: nobody is told that a product of it has no price."""
    for goods in draft.goods.values():
        goods.broken = goods.broken or not goods.prices


def _only(draft: Draft, source: ListFrom, columns: list[Column], what: str) -> Column | None:
    if len(columns) == 1:
        return columns[0]
    declared = [c for c in source.columns if c.type.name == what]
    if len(declared) != 1:
        draft.report.add(words.list_needs(what, source.kind, source.name.span))
    return None


def _listed(
    draft: Draft, goods: Goods, price: DatedPrice, into: list[DatedPrice], rate: Rate | None, unit: int | None
) -> None:
    """Add a row's price to its product, in the list's unit and period."""
    if unit is not None and goods.unit is not None and times(draft.units, goods.unit, unit) is None:
        draft.report.add(words.wrong_unit(draft.units[unit].name, goods.code, draft.unit_name(goods.unit), price.span))
        return
    goods.unit = unit if goods.unit is None else goods.unit
    said: str | None = rate.period if rate else None
    period = said or next(iter(goods.periods), "once")
    goods.periods.setdefault(period, rate.span if rate else price.span)
    into.append(price)


def complete(draft: Draft, goods: Goods) -> None:
    """One unit, one period, at least one price or rule of the step `list`; prices in order."""
    if goods.unit is None and not goods.broken:
        if len(draft.units) == 1:
            goods.unit = 0
        else:
            draft.report.add(words.no_unit(goods.code, goods.span))
    if goods.by_usage:
        for period, span in goods.periods.items():
            if period != "once":
                draft.report.add(words.wrong_period(period, goods.code, "use", span))
    elif len(goods.periods) > 1:
        first, second = list(goods.periods)[:2]
        draft.report.add(words.mixed(goods.code, _charged(first), _charged(second), goods.periods[second]))
    if not goods.prices and not goods.broken and not goods.listed:
        draft.report.add(words.no_price(goods.code, goods.span))
    over = next((price for price in goods.prices if price.price.markup is not None), None)
    if over is not None and not goods.costs and not goods.broken:
        draft.report.add(words.over_no_cost(goods.code, over.span, 0))
    settle_terms(draft, goods)
    goods.prices = list(in_order(draft, goods, goods.prices, "price"))
    goods.costs = list(in_order(draft, goods, goods.costs, "cost"))
    for code, own in goods.own.items():
        goods.own[code] = list(in_order(draft, goods, own, f"{code} price", gaps=False))


def _charged(period: str) -> str:
    return {"once": "once", "term": "for the time it runs"}.get(period, f"per {period}")


def product(goods: Goods) -> Product:
    """The settled product."""
    unit = 0 if goods.unit is None else goods.unit
    return Product(
        goods.code, goods.title, unit, goods.period, tuple(goods.families),
        tuple(goods.prices), tuple(goods.costs), goods.span, goods.never_discounted, tuple(goods.settings),
        goods.ssp, goods.sold, goods.clamp, tuple((code, tuple(prices)) for code, prices in goods.own.items()), goods.tax_class,
        goods.prorate, goods.ramp, tuple(goods.attributes.items()),
    )  # fmt: skip
