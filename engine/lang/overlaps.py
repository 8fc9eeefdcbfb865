"""Finds rules that both apply where a step takes one only."""

from __future__ import annotations

from engine.lang.draft import Draft


def find_overlaps(draft: Draft) -> None:
    """Say every proven overlap in a `one only` step."""
