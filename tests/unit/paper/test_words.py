"""The tables of words: each says all that documents need, and the same things as the others."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import pytest

from engine.lang.book import TOTAL_OF
from engine.lang.taxes import CATEGORIES
from engine.paper.languages import FOLDER, HOME, Words, locale_of, words_of

TABLES = {language: tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8")) for language in HOME}


def leaves(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Every word of a table, by its path."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def said(language: str) -> dict[str, str]:
    """The words of a language, without what countries say otherwise."""
    return {path: word for path, word in leaves(TABLES[language]) if not path.startswith("elsewhere.")}


@pytest.mark.parametrize("language", HOME)
def test_every_language_says_the_same_things(language: str) -> None:
    assert said(language).keys() == said("en").keys()
    assert all(word.strip() for word in said(language).values())


@pytest.mark.parametrize("language", HOME)
def test_what_is_filled_in_is_the_same_in_every_language(language: str) -> None:
    def holes(word: str) -> list[str]:
        return sorted(re.findall(r"\{\w*\}", word))

    english = said("en")
    assert {path: holes(word) for path, word in said(language).items()} == {
        path: holes(word) for path, word in english.items()
    }


def test_no_word_is_there_for_nothing() -> None:
    source = "".join(path.read_text("utf-8") for path in FOLDER.parent.glob("*.py") if path.name != "languages.py")
    assert [one.name for one in fields(Words) if f"words.{one.name}" not in source] == []


@pytest.mark.parametrize("language", HOME)
def test_all_that_pricing_names_has_a_word(language: str) -> None:
    words = words_of(language, HOME[language])
    assert set(words.categories) == set(CATEGORIES)
    assert set(words.periods) >= {*TOTAL_OF, "term"}
    usage = {f"usage_{total}" for total in TOTAL_OF.values() if total.startswith("per_")}
    assert set(words.total_names) == {*TOTAL_OF.values(), *usage, "for_term", "first_year", "over_term"}


@pytest.mark.parametrize("language", HOME)
def test_countries_say_otherwise_only_what_their_language_says(language: str) -> None:
    table = dict(TABLES[language])
    for country, other in table.pop("elsewhere", {}).items():
        assert set(other) <= set(table), country
        for name, value in other.items():
            if isinstance(value, dict):
                assert set(value) == set(table[name]), f"{country}: {name}"
        assert words_of(language, country) != words_of(language, HOME[language])


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("en", "en_GB"), ("en-US", "en_US"), ("nl", "nl_NL"), ("nl-BE", "nl_BE"), ("nl_BE", "nl_BE"), ("de-CH", "de_CH"), ("fr-CH", "fr_CH"),
        ("DE", "de_DE"), ("nl-JP", "nl_NL"), ("de-Latn-AT", "de_AT"),
    ],
)  # fmt: skip
def test_a_tag_names_a_locale(tag: str, locale: str) -> None:
    assert str(locale_of(tag)) == locale


@pytest.mark.parametrize("tag", ["", "es", "tlh-NL", "../nl"])
def test_other_languages_are_refused_by_name(tag: str) -> None:
    with pytest.raises(ValueError, match="is no language of documents: en, nl, de, fr are"):
        locale_of(tag)
