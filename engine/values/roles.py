"""Who people are to a tenant."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a principal is to the tenant."""

    STOREFRONT = "storefront"
    SELLER = "seller"
    MANAGER = "manager"
    APPROVER = "approver"
    PRICING_AUTHOR = "pricing_author"
    FINANCE = "finance"
    ADMINISTRATOR = "administrator"
    CUSTOMER = "customer"
