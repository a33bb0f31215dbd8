"""Language tags from tags, locales and names of languages."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from babel import Locale
from babel.core import get_global

from echostream.domain.validation import LANGUAGE, MAX_LENGTH

_NAMED_IN = (
    *("en", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "sv", "da", "nb", "fi", "cs", "tr"),
    *("ja", "zh", "ko", "ar", "uk", "el", "hu", "ro"),
)
_SPECIAL = {
    "brazilian": "pt-BR", "schinese": "zh-Hans", "tchinese": "zh-Hant", "koreana": "ko",
    "latam": "es-419", "mandarin": "zh", "farsi": "fa", "chinese": "zh", "norwegian": "no",
}  # fmt: skip
"""Names that Steam and others use."""
_UNKNOWN = frozenset({"und", "zxx", "mul", "mis", "art", "qme", "qht", "qst", "qct", "qam", "root"})


@lru_cache(maxsize=4096)
def language_tag(text: str) -> str:
    """The tag of a language, such as `pt-BR` for `pt_BR`, and `pt` for `Portuguese`.

    Raises `ValueError` if no language is known by it.
    """
    words = text.partition(",")[0].strip()
    if not words or len(words) > MAX_LENGTH["language"]:
        raise ValueError("not a language")
    tag = _tag(re.split(r"[.@]", words, maxsplit=1)[0].replace("_", "-")) or _by_name(
        words.casefold()
    )
    if not tag:
        raise ValueError("not a language")
    return tag


def _by_name(name: str) -> str:
    plain = re.sub(r"\s+", " ", name)
    named = _SPECIAL.get(plain) or _names().get(plain)
    return named or _names().get(plain.partition(" (")[0], "")


def _tag(text: str) -> str:
    if not LANGUAGE.fullmatch(text):
        return ""
    first, *rest = text.split("-")
    aliases: Mapping[str, str] = get_global("language_aliases")
    primary = aliases.get(first.lower(), first.lower()).partition("_")[0]
    if primary not in _codes() or primary in _UNKNOWN:
        return ""
    return "-".join([primary, *map(_subtag, rest)])


def _subtag(text: str) -> str:
    return text.upper() if len(text) == 2 else text.title() if len(text) == 4 else text.lower()


@cache
def _codes() -> frozenset[str]:
    return frozenset(str(code).partition("_")[0] for code in Locale("en").languages)


@cache
def _names() -> dict[str, str]:
    """Languages by their names in English, and in the other languages that name them most often."""
    names: dict[str, str] = {}
    for language in reversed(_NAMED_IN):
        for code, name in Locale(language).languages.items():
            if code not in _UNKNOWN:
                names[name.casefold()] = code.replace("_", "-")
    return names
