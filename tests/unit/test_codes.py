"""Product codes of a text column: found as a dict finds them, whatever their lengths and ends."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.pricing.codes import table_of_texts
from tests.effort import tries

texts = st.text(st.sampled_from("abé-0"), max_size=5) | st.builds(
    lambda head, middle, tail: head * 8 + middle + tail * 8,
    st.sampled_from("ab"),
    st.text("ab", max_size=20),
    st.sampled_from("ab"),
)


@settings(max_examples=tries(300))
@given(st.lists(texts, max_size=40, unique=True), st.lists(texts, max_size=40), st.integers(0, 3))
def test_texts_are_found_as_a_dict_finds_them(known: list[str], asked: list[str], before: int) -> None:
    table = table_of_texts([text.encode() for text in known])
    raw = [text.encode() for text in [*asked, *known]]
    offsets = np.cumsum([before, *map(len, raw)], dtype=np.int32)
    found, missed = table.find(offsets, np.frombuffer(b"x" * before + b"".join(raw), np.uint8))
    number = {text: i for i, text in enumerate(known)}
    assert found.tolist() == [number.get(text, -1) for text in [*asked, *known]]
    assert missed == sum(text not in number for text in asked)
