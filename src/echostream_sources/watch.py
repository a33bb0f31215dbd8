"""What a source takes of all that it reads: documents with a keyword, and of some languages."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_WIDE = ("W", "F")
"""Widths of characters in scripts that put no spaces between words."""


@dataclass(frozen=True)
class Watch:
    """Takes documents that have one of the keywords and one of the languages; none of them: all.

    A keyword is a word or some words, in any case; `climat*` is each word that begins with it. A
    language is a code such as `en`, which `en-GB` has too; a document without a language is not
    taken if there are some.
    """

    keywords: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def takes(self, document: Mapping[str, Any]) -> bool:
        """Whether to take a document, which may have no text."""
        language = str(document.get("language", "")).lower()
        codes = (language, language.partition("-")[0])
        if self.languages and not any(one.lower() in codes for one in self.languages):
            return False
        return not self.keywords or bool(self._pattern.search(_folded(document.get("text", ""))))

    def choose(self, documents: Sequence[Mapping[str, Any]], budget: int) -> "Choice":
        """Up to a number of the documents to take, in their order."""
        taken: list[Mapping[str, Any]] = []
        read = without_text = 0
        for document in documents:
            if len(taken) == budget:
                break
            read += 1
            if "text" not in document:
                without_text += 1
            elif self.takes(document):
                taken.append(document)
        return Choice(taken, read, without_text, read - without_text - len(taken))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(map(_expression, self.keywords)))


@dataclass(frozen=True, slots=True)
class Choice:
    """The documents to take of the first `read` ones, and the numbers of the others."""

    taken: Sequence[Mapping[str, Any]]
    read: int
    without_text: int
    unmatched: int


EVERYTHING = Watch()


def watch_of(keywords: Iterable[str], languages: Iterable[str]) -> Watch:
    """A watch without empty and repeated words."""
    parts = ((one.strip() for one in words) for words in (keywords, languages))
    return Watch(*(tuple(dict.fromkeys(filter(None, words))) for words in parts))


def _expression(keyword: str) -> str:
    text = _folded(keyword.removesuffix("*"))
    words = r"\s+".join(map(re.escape, text.split()))
    before = r"(?<!\w)" if _ends_word(text[:1]) else ""
    after = r"(?!\w)" if _ends_word(text[-1:]) and not keyword.endswith("*") else ""
    return f"{before}{words}{after}"


def _ends_word(character: str) -> bool:
    is_of_word = re.fullmatch(r"\w", character) is not None
    return is_of_word and unicodedata.east_asian_width(character) not in _WIDE


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
