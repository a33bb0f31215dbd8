"""Engines and languages: what an engine does not know is not scored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from echostream.domain.engine import Engine
from echostream.domain.model import Document, Enrichment

UNSUPPORTED_LANGUAGE = "unsupported_language"
"""The reason for which a document has no score, or another engine's."""
UNDETERMINED = "und"
"""The code of a language that nobody can tell (ISO 639-2)."""
Detect = Callable[[str], str | None]
"""The language of a text that is not English; None for one that is, or may be."""
_ENGLISH = ("en", "eng", "english")
_NO_LANGUAGE = (UNDETERMINED, "mul", "mis", "zxx", "art")
"""Codes of ISO 639 for texts without a language, or with several."""
_CODES = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy
    da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu
    hy hz ia id ie ig ii ik in io is it iu iw ja ji jv ka kg ki kj kk kl km kn ko kr ks ku kv kw
    ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv
    ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr
    ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo
    za zh zu
    """.split()  # noqa: SIM905
)
"""The codes of two letters (ISO 639-1), with those that it has withdrawn."""


@dataclass(frozen=True, slots=True)
class EnglishOnly:
    """An engine that knows English only: a document in another language gets no score.

    The language is the sender's; of a document without one, or with one that is no code, it is
    what `detect` finds. A text that may be English is scored.
    """

    engine: Engine
    detect: Detect

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        languages = [foreign_language(document, self.detect) for document in documents]
        texts = [
            replace(document, text="") if language else document
            for document, language in zip(documents, languages, strict=True)
        ]
        scores = self.engine.enrich(texts, now)
        return [
            unscored(score, language) if language else score
            for score, language in zip(scores, languages, strict=True)
        ]


def foreign_language(document: Document, detect: Detect) -> str | None:
    """The language of a document that is not English; None of one that is, or may be."""
    code = (document.language or "").split("-", maxsplit=1)[0].lower()
    if code in _ENGLISH:
        return None
    return document.language if _is_code(code) else detect(document.text)


def unscored(neutral: Enrichment, language: str) -> Enrichment:
    """What an engine says of a text in a language that it does not know.

    `neutral` is its score of a text without words.
    """
    return replace(neutral, language=language, unscored=UNSUPPORTED_LANGUAGE)


def _is_code(code: str) -> bool:
    """Whether it names a language: senders also write names of languages and codes of countries."""
    if len(code) == 3:
        is_private = "qaa" <= code <= "qtz"
        return not is_private and code not in _NO_LANGUAGE
    return code in _CODES
