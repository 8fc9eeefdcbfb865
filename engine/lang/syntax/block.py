"""Every kind of block that a file may have."""

from __future__ import annotations

from engine.lang.syntax.bundles import BundleBlock, ConfigureBlock
from engine.lang.syntax.price_book import PriceBook
from engine.lang.syntax.products import ProductBlock, ProductsFrom
from engine.lang.syntax.rules import ApprovalBlock, DenyBlock, RuleBlock
from engine.lang.syntax.steps import Steps
from engine.lang.syntax.tables import Facts, ListFrom, Rates, TableBlock
from engine.lang.syntax.tests import Examples, TestBlock

Block = (
    PriceBook | Facts | Rates | ProductBlock | ProductsFrom | ListFrom | TableBlock | Steps | RuleBlock | ApprovalBlock
    | TestBlock | Examples | DenyBlock | BundleBlock | ConfigureBlock
)  # fmt: skip
