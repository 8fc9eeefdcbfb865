"""A setting that cannot be, and the two kinds of setting that are read in several places."""

from __future__ import annotations

from collections.abc import Mapping


class Unstartable(Exception):
    """The service cannot start; the message says what to change."""


def number(environment: Mapping[str, str], name: str, default: int, least: int, most: int, more: str = "") -> int:
    """A whole number within bounds."""
    text = environment.get(name, str(default))
    if text.isascii() and text.isdecimal() and len(text) <= 9 and least <= int(text) <= most:
        return int(text)
    raise Unstartable(f"{name} is `{text[:40]}`: it must be a whole number from {least} to {most}{more}")


def one_of(environment: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str = "") -> str:
    """One of a few words."""
    text = environment.get(name, default)
    if text not in allowed:
        known = ", ".join(one or "nothing" for one in allowed)
        raise Unstartable(f"{name} is `{text[:40]}`: it must be one of {known}")
    return text
