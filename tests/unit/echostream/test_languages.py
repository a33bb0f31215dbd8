"""Documents in a language that an engine does not know: no score, whatever the path."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from echostream.adapters.comprehend import Comprehend
from echostream.adapters.language_detector import LanguageDetector
from echostream.adapters.paid_calls import PaidCalls
from echostream.adapters.vader import Vader
from echostream.domain.cascade import Cascade
from echostream.domain.codec import count_to_wire, scored_from_wire, scored_to_wire
from echostream.domain.engine import ENGINES
from echostream.domain.languages import EnglishOnly
from echostream.domain.model import (
    LABELS,
    UNSCORED,
    Document,
    ScoredDocument,
    Sentiment,
    add_up,
    count,
)
from echostream.domain.query import Question
from echostream.domain.spend import SpendGuard
from echostream.domain.themes.aspects import aspects
from echostream.domain.themes.corpus import mention
from echostream.domain.themes.report import report
from echostream.entrypoints import wiring
from tests.builders import NOW, scored
from tests.fakes import MemoryLedger
from tests.unit.echostream.fake_comprehend import FakeComprehend, client_error

GERMAN, ENGLISH = "Die App ist leider super schlecht, nie wieder", "A great app, I love it"
REASON = "unsupported_language"


def document(text, language=None):
    return Document("a", text, "x", NOW, language=language)


def free():
    return EnglishOnly(Vader(), LanguageDetector())


def paid(client, cap=10_000):
    guard = SpendGuard(MemoryLedger(), "acme", cap, 100_000)
    return Comprehend(PaidCalls(client, guard, sleep=lambda _: None), free())


def without_score(name, at=NOW, source="forum"):
    one = scored(name, at=at, source=source)
    return replace(one, enrichment=replace(one.enrichment, unscored=REASON, language="de"))


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (None, GERMAN, "de"),
        (None, ENGLISH, None),
        ("de-AT", ENGLISH, "de-AT"),
        ("fr", "ok", "fr"),
        ("EN-us", GERMAN, None),
        ("eng", GERMAN, None),
        ("English", GERMAN, None),
        ("German", GERMAN, "de"),
        ("und", GERMAN, "de"),
        ("und", ENGLISH, None),
        ("US", ENGLISH, None),
        ("qme", ENGLISH, None),
        ("gsw", ENGLISH, "gsw"),
    ],
)
def test_the_senders_language_decides_if_it_is_a_code(language, text, expected):
    """Otherwise the text does. A text that may be English is scored."""
    [score] = free().enrich([document(text, language)], NOW)
    if expected is None:
        assert (score.unscored, score.language) == (None, language)
        assert score == Vader().enrich([document(text, language)], NOW)[0]
        return
    assert (score.unscored, score.language, score.label) == (REASON, expected, UNSCORED)
    assert (score.sentiment, score.compound, score.scores.neutral) == (Sentiment.NEUTRAL, 0.0, 1.0)
    assert score.engine == "vader"


def test_scores_are_in_the_order_of_the_documents():
    """Between documents without a score."""
    texts = [GERMAN, ENGLISH, GERMAN, "terrible service, I hate it"]
    scores = free().enrich([document(text) for text in texts], NOW)
    assert [one.label for one in scores] == [UNSCORED, "POSITIVE", UNSCORED, "NEGATIVE"]


def test_cascade_asks_comprehend_for_what_vader_does_not_know():
    """With the language that was found, so that no detection is paid for."""
    client = FakeComprehend()
    [score] = Cascade(free(), paid(client)).enrich([document(GERMAN)], NOW)
    assert (score.engine, score.language, score.unscored) == ("comprehend", "de", None)
    assert [(name, call["LanguageCode"]) for name, call in client.calls] == [("sentiment", "de")]


def test_cascade_has_no_score_for_what_no_engine_knows():
    """Nothing is paid for; the reason for VADER is kept."""
    client = FakeComprehend()
    [score] = Cascade(free(), paid(client)).enrich([document(GERMAN, "nl")], NOW)
    assert (score.engine, score.unscored, score.fallback) == ("vader", REASON, REASON)
    assert not client.calls


@pytest.mark.parametrize(
    ("failures", "cap", "reason"),
    [
        ([], 0, "spend_cap"),
        ([client_error("UnsupportedLanguageException")], 10_000, REASON),
        ([client_error("AccessDeniedException")], 10_000, "comprehend_AccessDeniedException"),
        ([client_error("InternalServerException", 500)] * 3, 10_000, "comprehend_unavailable"),
    ],
)
def test_fallback_does_not_score_german_as_english(failures, cap, reason):
    """The document has no score; English in the same state has VADER's."""
    client = FakeComprehend(*failures)
    [score] = paid(client, cap).enrich([document(GERMAN, "de")], NOW)
    assert (score.label, score.unscored, score.fallback) == (UNSCORED, REASON, reason)
    client = FakeComprehend(*failures)
    [score] = paid(client, cap).enrich([document(ENGLISH, "en")], NOW)
    assert (score.label, score.unscored, score.fallback) == ("POSITIVE", None, reason)


def test_labels_divide_the_documents():
    """Each document matches one label; NEUTRAL has none without a score, as in the counts."""
    documents = [scored("a"), scored("b", compound=0.9), without_score("c")]
    matched = {
        label: [
            one.document.id
            for one in documents
            if Question(NOW, NOW + timedelta(hours=1), sentiment=label).matches(one)
        ]
        for label in LABELS
    }
    expected = {"NEUTRAL": ["a"], "POSITIVE": ["b"], UNSCORED: ["c"]}
    assert {label: ids for label, ids in matched.items() if ids} == expected
    [counted] = count(documents)
    wire = count_to_wire(counted)
    assert all(wire[label.lower()] == len(ids) for label, ids in matched.items())
    assert (wire["total"], wire["mean_compound"]) == (3, 0.45)


def test_stored_document_keeps_the_reason():
    """And its counts are those of a document without a score."""
    one = without_score("a")
    assert scored_from_wire(scored_to_wire(one)).enrichment == one.enrichment
    assert add_up(count([one]))[0].unscored == 1


def test_themes_count_documents_without_a_score_apart():
    """A theme's mean and effect are those of the others; without any there is none."""
    words = "battery charger"
    good = [replace_text(scored(f"g{n}", compound=0.5, author=f"a{n}"), words) for n in range(4)]
    other = [replace_text(without_score(f"u{n}"), f"{words} {n}") for n in range(4)]
    before = [replace_text(scored(f"b{n}", compound=0.1, author=f"a{n}"), words) for n in range(4)]
    now, former = (list(map(mention, part)) for part in (good + other, before))
    content = report(now, former, [], 5)
    assert (content.count.total, content.count.scored, content.count.mean) == (8, 4, 0.5)
    effects = [theme.effect or 0.0 for theme in content.themes]
    rest = content.rest.compound_sum - content.rest.scored * 0.1
    assert sum(effects) + rest / 4 == pytest.approx(0.4)
    only = report(list(map(mention, other)), former, [], 5)
    assert only.count.mean is None
    assert [theme.effect for theme in only.themes] == [None] * len(only.themes)


def replace_text(one, text):
    return ScoredDocument(replace(one.document, text=text), one.enrichment)


def test_aspects_are_those_of_documents_with_a_score():
    """An English word list does not judge German clauses."""
    text = "The battery is super great."
    with_score = [replace_text(scored(f"s{n}", author=f"a{n}"), f"{text} {n}") for n in range(3)]
    german = [
        ScoredDocument(
            replace(one.document, id=f"u{n}", author=f"b{n}"), without_score("u").enrichment
        )
        for n, one in enumerate(with_score)
    ]
    [aspect] = aspects([*with_score, *german], Vader().score, 5)
    assert (aspect.phrase, aspect.documents) == ("battery", 3)
    assert aspects(german, Vader().score, 5) == []


@pytest.mark.parametrize("name", ENGINES)
def test_functions_score_with_the_gate(monkeypatch, name):
    """The free engine of each setting scores no German, also as the fallback."""
    monkeypatch.setattr(wiring, "ledger", MemoryLedger)
    monkeypatch.setattr(wiring, "client", lambda *_: FakeComprehend())
    settings = SimpleNamespace(tenant_cap=0, total_cap=0)
    engine = wiring.engine(name, settings, "acme")  # type: ignore[arg-type]
    [german, english] = engine.enrich([document(GERMAN), document(ENGLISH)], NOW)
    assert (german.label, english.label) == (UNSCORED, "POSITIVE")
