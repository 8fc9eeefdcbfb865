"""The sizes of pages, and the tokens of those that are counted, checked in one place: what is beyond a page's most is cut, the rest refused."""

from __future__ import annotations

import re

from engine.services.refusal import Refused

MOST_PAGE = 1_000
_COUNT = re.compile(r"[1-9][0-9]{0,8}\Z")


def size_of(asked: int, default: int = 50, most: int = MOST_PAGE, of: str = "") -> int:
    """How many a page has; 0 asks for the default.

    Raises:
        Refused: INVALID_ARGUMENT, it is below 0.
    """
    if asked < 0:
        said = f"a page has 1 to {most:,}{of and f' {of}'}; 0 is {default}"
        raise Refused("INVALID_ARGUMENT", "INVALID_PAGE_SIZE", said, "page_size")
    return min(asked or default, most)


def counted(token: str, first: int) -> int:
    """Where a page begins whose token is a number; "": with the first of all.

    Raises:
        Refused: INVALID_ARGUMENT, no page gave this token.
    """
    if token and not _COUNT.match(token):
        raise Refused("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN", "send the token of the page before", "page_token")
    return int(token or first)
