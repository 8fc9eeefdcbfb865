"""Makes each block's node of its heading and clauses: which clauses it has, which may come twice, which must be there.

Each family of blocks has a module; so have their clauses, where several blocks share them.
"""

from __future__ import annotations

from engine.lang.blocks.block import Block
from engine.lang.blocks.bundles import make_bundle, make_configure
from engine.lang.blocks.price_book import make_price_book
from engine.lang.blocks.products import make_product, make_products
from engine.lang.blocks.rules import make_approval, make_denial, make_exception, make_floor, make_rule, make_tax
from engine.lang.blocks.steps import make_steps
from engine.lang.blocks.tables import make_facts, make_list, make_rates, make_table
from engine.lang.blocks.tests import make_examples, make_test

BLOCKS = {
    "price book": Block("price book", "price_book_head", "book_clause", make_price_book),
    "price list": Block("price list", "list_head", "declared", make_list),
    "cost list": Block("cost list", "list_head", "declared", make_list),
    "rates": Block("rates block", "rates_head", None, make_rates, True),
    "products from": Block("products block", "products_head", "products_clause", make_products),
    "product": Block("product", "product_head", "product_clause", make_product),
    "facts": Block("facts block", "facts_head", "declared", make_facts),
    "table": Block("table", "table_head", "declared", make_table, True),
    "steps": Block("steps block", "steps_head", "step", make_steps),
    "floor": Block("floor", "floor_head", "rule_clause", make_floor),
    "rule": Block("rule", "rule_head", "rule_clause", make_rule),
    "exception": Block("exception", "exception_head", "rule_clause", make_exception),
    "tax rate": Block("tax rate", "tax_head", "rule_clause", make_tax),
    "tax exception": Block("tax exception", "tax_exception_head", "rule_clause", make_tax),
    "deny": Block("deny block", "deny_head", "deny_clause", make_denial),
    "approval": Block("approval", "approval_head", "approval_clause", make_approval),
    "bundle": Block("bundle", "bundle_head", "bundle_clause", make_bundle),
    "features": Block("features block", "features_head", "bundle_clause", make_bundle),
    "configure": Block("configure block", "configure_head", "configure_clause", make_configure),
    "test": Block("test", "test_head", "test_clause", make_test),
    "examples": Block("examples block", "examples_head", None, make_examples, True),
}
