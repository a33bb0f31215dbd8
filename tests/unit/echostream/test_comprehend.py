"""The paid engine: batches, cuts, languages, spend, retries and the fallback to VADER."""

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from echostream.adapters.comprehend import Comprehend, cut, language_of
from echostream.adapters.paid_calls import PaidCalls
from echostream.adapters.vader import Vader
from echostream.domain.cascade import Cascade
from echostream.domain.model import Document, ScoredDocument, Sentiment
from echostream.domain.reuse_scores import ReuseStoredScores
from echostream.domain.spend import ALL_TENANTS, SpendGuard, units_of
from tests.builders import NOW
from tests.fakes import MemoryLedger, MemoryStore
from tests.ledger_contract import MONTH
from tests.unit.echostream.fake_comprehend import FakeComprehend, client_error

VADER = Vader()


def document(text="some words", language="en"):
    return Document("a", text, "x", NOW, language=language)


def engine(client, cap=10_000, ledger=None):
    guard = SpendGuard(ledger or MemoryLedger(), "acme", cap, 100_000)
    return Comprehend(PaidCalls(client, guard, sleep=lambda _: None), VADER)


def spent(ledger):
    return ledger.spent("tenant#acme", MONTH), ledger.spent(ALL_TENANTS, MONTH)


def test_documents_are_sent_in_batches_of_25_by_language():
    """Scores are returned in the order of the documents."""
    client = FakeComprehend(header="stand-in/1")
    documents = [document(f"t{i}", "en" if i % 2 else "de-AT") for i in range(60)]
    scores = engine(client).enrich(documents, NOW)
    assert sorted(len(request["TextList"]) for _, request in client.calls) == [5, 5, 25, 25]
    assert {request["LanguageCode"] for _, request in client.calls} == {"en", "de"}
    assert {e.engine for e in scores} == {"comprehend"}
    assert [e.language for e in scores[:2]] == ["de", "en"]
    assert (scores[0].sentiment, scores[0].compound) == (Sentiment.MIXED, 0.1)
    assert scores[0].engine_version == "stand-in/1"
    assert scores[0].fallback is None


def test_response_without_model_header_is_of_aws():
    """Only a stand-in for Comprehend sends the header."""
    assert engine(FakeComprehend()).enrich([document()], NOW)[0].engine_version == "aws"


@pytest.mark.parametrize(
    ("text", "length", "truncated"),
    [("a" * 5000, 5000, False), ("a" * 5001, 5000, True), ("a" * 4998 + "\U0001f60d", 4998, True)],
)
def test_texts_are_cut_at_5000_bytes(text, length, truncated):
    """A cut is between characters, and the score is marked as truncated."""
    client = FakeComprehend()
    [score] = engine(client).enrich([document(text)], NOW)
    assert len(client.calls[0][1]["TextList"][0].encode()) == length
    assert score.truncated is truncated
    assert cut(text).encode() == text.encode()[:length]


def test_missing_language_is_detected():
    """VADER scores a text whose language Comprehend does not support."""
    client = FakeComprehend()
    detected = [document(text, None) for text in ("hola", "habari", "...")]
    scores = engine(client).enrich([*detected, document("x", "sw")], NOW)
    assert [e.engine for e in scores] == ["comprehend", "vader", "vader", "vader"]
    assert [e.fallback for e in scores] == [None] + ["unsupported_language"] * 3
    assert scores[0].language == "es"


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"),
        ("EN-us", "en"),
        ("zh", "zh"),
        ("zh-TW", "zh-TW"),
        ("zh-Hant", "zh-TW"),
        ("xx", None),
        ("english", None),
    ],
)
def test_language_tag_becomes_a_code_of_comprehend(tag, code):
    """None for a language that Comprehend does not support."""
    assert language_of(tag) == code


def test_units_of_scored_texts_are_spent():
    """Once, from the account of the tenant and from that of all tenants."""
    ledger = MemoryLedger()
    documents = [document("a" * 450), document("b")]
    engine(FakeComprehend(), ledger=ledger).enrich(documents, NOW)
    assert spent(ledger) == (units_of(["a" * 450, "b"]),) * 2 == (8, 8)


def test_failed_items_of_a_batch_are_sent_again():
    """Without the others; their units are spent once."""
    ledger, client = MemoryLedger(), FakeComprehend([1, 3])
    documents = [document(f"t{i}") for i in range(5)]
    scores = engine(client, ledger=ledger).enrich(documents, NOW)
    assert [request["TextList"] for _, request in client.calls][1] == ["t1", "t3"]
    assert {e.engine for e in scores} == {"comprehend"}
    assert spent(ledger) == (15, 15)


def test_item_that_keeps_failing_falls_back():
    """VADER scores it, and its units are released."""
    ledger, client = MemoryLedger(), FakeComprehend([1], [0], [0])
    scores = engine(client, ledger=ledger).enrich([document("a"), document("b")], NOW)
    assert [e.engine for e in scores] == ["comprehend", "vader"]
    assert scores[1].fallback == "comprehend_unavailable"
    assert spent(ledger) == (3, 3)


@pytest.mark.parametrize(
    "failure",
    [
        client_error("ThrottlingException"),
        client_error("InternalServerException", 500),
        EndpointConnectionError(endpoint_url="http://down"),
    ],
)
def test_temporary_failures_are_retried(failure):
    """A throttle, a server error and a lost connection; units are spent once."""
    ledger, client = MemoryLedger(), FakeComprehend(failure, failure)
    [score] = engine(client, ledger=ledger).enrich([document()], NOW)
    assert score.engine == "comprehend"
    assert spent(ledger) == (3, 3)


def test_unavailable_service_falls_back():
    """VADER scores with the reason, the units are released, and fewer batches are retried."""
    ledger = MemoryLedger()
    client = FakeComprehend(*[EndpointConnectionError(endpoint_url="http://down")] * 99)
    documents = [document("I love it") for _ in range(100)]
    scores = engine(client, ledger=ledger).enrich(documents, NOW)
    assert {(e.engine, e.fallback, e.compound) for e in scores} == {
        ("vader", "comprehend_unavailable", 0.6369)
    }
    assert spent(ledger) == (0, 0)
    assert len(client.calls) == 4 + 2 + 1


def test_units_stay_reserved_after_a_timeout():
    """AWS may charge for a request whose response is lost."""
    ledger = MemoryLedger()
    client = FakeComprehend(*[ReadTimeoutError(endpoint_url="http://slow")] * 3)
    [score] = engine(client, ledger=ledger).enrich([document()], NOW)
    assert score.fallback == "comprehend_unavailable"
    assert spent(ledger) == (9, 9)


def test_documents_above_the_cap_fall_back():
    """Documents within the cap are paid for; VADER scores the rest, with the reason."""
    ledger, client = MemoryLedger(), FakeComprehend()
    scores = engine(client, cap=80, ledger=ledger).enrich([document()] * 60, NOW)
    assert [e.fallback for e in scores] == [None] * 26 + ["spend_cap"] * 34
    assert spent(ledger) == (78, 78)
    assert sorted(len(request["TextList"]) for _, request in client.calls) == [1, 25]


def test_permanent_error_is_not_retried():
    """The fallback names the error."""
    client = FakeComprehend(client_error("AccessDeniedException"))
    [score] = engine(client).enrich([document()], NOW)
    assert score.fallback == "comprehend_AccessDeniedException"
    assert len(client.calls) == 1


def test_stored_scores_are_reused():
    """For the same id and text; a document with another text is scored."""
    store, client = MemoryStore(), FakeComprehend()
    engine_ = ReuseStoredScores(engine(client), store, "acme")
    documents = [Document(name, f"text {name}", "x", NOW, language="en") for name in "abc"]
    scores = engine_.enrich(documents[:2], NOW)
    store.put("acme", [ScoredDocument(d, e) for d, e in zip(documents, scores, strict=False)], NOW)
    changed = replace(documents[1], text="other")
    repeat = engine_.enrich([documents[0], changed, documents[2]], NOW + timedelta(hours=1))
    assert repeat[0] == scores[0]
    assert repeat[0].enriched_at == NOW
    assert [request["TextList"] for _, request in client.calls][1] == ["other", "text c"]


def test_no_documents_make_no_call():
    """The result is empty."""
    client = FakeComprehend()
    assert engine(client).enrich([], NOW) == []
    assert client.calls == []


def test_cascade_sends_uncertain_documents_only():
    """VADER scores the others, and that is no fallback."""
    client = FakeComprehend()
    texts = ["I love this, it is wonderful!", "The table is in the room", "I hate it, horrible!"]
    scores = Cascade(VADER, engine(client), threshold=0.4).enrich([document(t) for t in texts], NOW)
    assert [e.engine for e in scores] == ["vader", "comprehend", "vader"]
    assert [e.fallback for e in scores] == [None] * 3
    assert [request["TextList"] for _, request in client.calls] == [[texts[1]]]
