"""Random messages of any type, from its descriptor alone: a field that is added tomorrow is filled in tomorrow.

Half of the leaves are what a client would send (books, products, facts, days that are there), the others are edges and noise.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

KNOWN: dict[str, list[Any]] = {
    "book": ["books/saas", "books/adventureworks", "books/none", "saas", "books/"],
    "name": ["books/saas", "books/adventureworks"], "parent": ["books/saas"],
    "product": ["seat", "support", "calls", "sso", "BK-M82B-42", "HL-U509"], "products": ["seat", "calls", "BK-M82B-42"],
    "version": ["", "0" * 32], "group": ["rollout", "training"], "unit": ["seat", "seats", "piece"],
    "year": [2018, 2026, 0, 9999, 10_000, -1], "month": [1, 2, 12, 13, 0], "day": [1, 29, 31, 32, 0],
    "path": ["book.quo", "data.csv", "../../etc/passwd", "/abs.quo", "a/" * 50 + "b.quo"],
    "rules": ["seats_volume", "startup_programme"], "family": ["crm", "mountain_bikes"],
}  # fmt: skip
FACTS = {
    "customer.segment": ["startup", "enterprise", "cat"], "customer.account": ["ACME", "x" * 2_000], "customer.country": ["NL", "BE"],
    "customer.lifetime_spend": ["25_000 EUR", "1e9 EUR", "-1 EUR"], "quote.term": ["12 months", "0 months", "61 months"],
    "line.rush": ["yes", "maybe"], "customer.kind": ["reseller", "shopper"], "quote.discount": ["1%"],
}  # fmt: skip
CONTENT = [
    b"price book x\n  currency EUR\n  units piece pieces\n\nproduct pen\n  price 1 EUR per piece\n", b"\xff\xfe", b"", b"a,b\n1,2\n",
]  # fmt: skip
INT32 = st.sampled_from([0, 1, -1, 2**31 - 1, -(2**31)]) | st.integers(-40, 400)
INT64 = st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63), 10**18, 10**13]) | st.integers(-100, 10_000)
UINT32, UINT64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
TEXT = st.text(max_size=12) | st.sampled_from(["", "books/a:b", "\x00", "a" * 3_000, "%s{}", "../x", "\u202e"])
LEAVES: dict[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.TYPE_STRING: TEXT, FieldDescriptor.TYPE_BYTES: st.sampled_from(CONTENT) | st.binary(max_size=60),
    FieldDescriptor.TYPE_BOOL: st.booleans(), FieldDescriptor.TYPE_INT32: INT32, FieldDescriptor.TYPE_INT64: INT64,
    FieldDescriptor.TYPE_UINT32: UINT32, FieldDescriptor.TYPE_UINT64: UINT64, FieldDescriptor.TYPE_SINT32: INT32,
    FieldDescriptor.TYPE_SINT64: INT64, FieldDescriptor.TYPE_FIXED32: UINT32, FieldDescriptor.TYPE_FIXED64: UINT64,
    FieldDescriptor.TYPE_SFIXED32: INT32, FieldDescriptor.TYPE_SFIXED64: INT64,
    FieldDescriptor.TYPE_DOUBLE: st.floats(), FieldDescriptor.TYPE_FLOAT: st.floats(width=32),
}  # fmt: skip
DEEPEST = 4


def messages(kind: Descriptor, depth: int = 0) -> st.SearchStrategy[Message]:
    """Messages of a type."""
    names = [field.name for field in kind.fields]
    chosen = st.lists(st.sampled_from(names), unique=True, max_size=len(names)) if names else st.just([])
    return st.composite(_filled)(kind, chosen, depth)


def _filled(draw: st.DrawFn, kind: Descriptor, chosen: st.SearchStrategy[list[str]], depth: int) -> Message:
    made = GetMessageClass(kind)()
    for field in (kind.fields_by_name[name] for name in draw(chosen)):
        repeated = field.is_repeated if hasattr(field, "is_repeated") else field.label == FieldDescriptor.LABEL_REPEATED
        inner = field.message_type
        if inner is not None and depth >= DEEPEST:
            continue
        if inner is not None and inner.GetOptions().map_entry:
            path = draw(st.sampled_from(sorted(FACTS)) | TEXT)
            value = draw(st.sampled_from(FACTS.get(path, ["x"])) | TEXT)
            if inner.fields_by_name["value"].message_type is None:
                getattr(made, field.name)[path] = value
        elif repeated:
            item = messages(inner, depth + 1) if inner is not None else _leaf(field)
            getattr(made, field.name).extend(draw(st.lists(item, max_size=4)))
        elif inner is not None:
            getattr(made, field.name).CopyFrom(draw(messages(inner, depth + 1)))
        else:
            setattr(made, field.name, draw(_leaf(field)))
    return made


def _leaf(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values]) | st.integers(0, 99)
    known = KNOWN.get(field.name)
    noise = LEAVES[field.type]
    right = [value for value in known or () if isinstance(value, int) == (field.type not in (9, 12))]
    return st.sampled_from(right) | noise if right else noise
