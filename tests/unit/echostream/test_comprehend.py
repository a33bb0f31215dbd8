"""The paid engine: batches, cuts, languages, money, and what happens when Comprehend does not."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from echostream.adapters.comprehend import Comprehend, PaidCalls, cut, language_of
from echostream.adapters.vader import Vader
from echostream.domain.cascade import Cascade
from echostream.domain.model import Document, ScoredDocument, Sentiment
from echostream.domain.reuse_scores import ReuseStoredScores
from echostream.domain.spend import ALL_TENANTS, SpendGuard, units_of
from tests.builders import NOW
from tests.fakes import MemoryLedger, MemoryStore
from tests.ledger_contract import MONTH

VADER = Vader()


class FakeComprehend:
    """Answers as the service does; `failures` are raised or applied first, one a call."""

    def __init__(self, *failures, header=None):
        self.failures = list(failures)
        self.calls = []
        self.header = header

    def batch_detect_sentiment(self, **request):
        results = [
            {
                "Index": i,
                "Sentiment": "MIXED",
                "SentimentScore": {"Positive": 0.3, "Negative": 0.2, "Neutral": 0.1, "Mixed": 0.4},
            }
            for i in range(len(request["TextList"]))
        ]
        return self._answer("sentiment", request, results)

    def batch_detect_dominant_language(self, **request):
        codes = {"hola": ["es", "sw"], "habari": ["sw"], "...": []}
        results = [
            {
                "Index": i,
                "Languages": [
                    {"LanguageCode": code, "Score": 0.9 / place}
                    for place, code in enumerate(codes[text], start=1)
                ],
            }
            for i, text in enumerate(request["TextList"])
        ]
        return self._answer("language", request, results)

    def _answer(self, operation, request, results):
        self.calls.append((operation, request))
        failure = self.failures.pop(0) if self.failures else None
        if isinstance(failure, Exception):
            raise failure
        bad = failure or ()
        return {
            "ResultList": [result for result in results if result["Index"] not in bad],
            "ErrorList": [{"Index": i, "ErrorCode": "InternalServerException"} for i in bad],
            "ResponseMetadata": {
                "HTTPHeaders": {"x-echostream-model": self.header} if self.header else {}
            },
        }


def refused(code, status=400):
    return ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Batch"
    )


def document(text="some words", language="en"):
    return Document("a", text, "x", NOW, language=language)


def engine(client, cap=10_000, ledger=None):
    guard = SpendGuard(ledger or MemoryLedger(), "acme", cap, 100_000)
    return Comprehend(PaidCalls(client, guard, sleep=lambda _: None), VADER)


def spent(ledger):
    return ledger.spent("tenant#acme", MONTH), ledger.spent(ALL_TENANTS, MONTH)


def test_batches_of_25_by_language():
    """Documents go out in batches of one language, and come back in their order."""
    client = FakeComprehend(header="stand-in/1")
    documents = [document(f"t{i}", "en" if i % 2 else "de-AT") for i in range(60)]
    found = engine(client).enrich(documents, NOW)
    assert [len(request["TextList"]) for _, request in client.calls] == [25, 5, 25, 5]
    assert {request["LanguageCode"] for _, request in client.calls} == {"en", "de"}
    assert {e.engine for e in found} == {"comprehend"}
    assert [e.language for e in found[:2]] == ["de", "en"]
    assert (found[0].sentiment, found[0].compound) == (Sentiment.MIXED, 0.1)
    assert found[0].engine_version == "stand-in/1"
    assert found[0].fallback is None


def test_aws_is_named():
    """An answer without the stand-in's header is AWS's own."""
    assert engine(FakeComprehend()).enrich([document()], NOW)[0].engine_version == "aws"


@pytest.mark.parametrize(
    ("text", "length", "truncated"),
    [("a" * 5000, 5000, False), ("a" * 5001, 5000, True), ("a" * 4998 + "\U0001f60d", 4998, True)],
)
def test_cuts_at_5000_bytes(text, length, truncated):
    """A cut falls between characters, and is marked."""
    client = FakeComprehend()
    [found] = engine(client).enrich([document(text)], NOW)
    assert len(client.calls[0][1]["TextList"][0].encode()) == length
    assert found.truncated is truncated
    assert cut(text).encode() == text.encode()[:length]


def test_languages():
    """A missing language is asked for; one that Comprehend does not know is VADER's."""
    client = FakeComprehend()
    detected = [document(text, None) for text in ("hola", "habari", "...")]
    found = engine(client).enrich([*detected, document("x", "sw")], NOW)
    assert [e.engine for e in found] == ["comprehend", "vader", "vader", "vader"]
    assert [e.fallback for e in found] == [None] + ["unsupported_language"] * 3
    assert found[0].language == "es"


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
def test_language_tags(tag, code):
    """Tags become Comprehend's codes."""
    assert language_of(tag) == code


def test_every_document_is_paid_for_once():
    """Units of what was scored are spent, of both accounts."""
    ledger = MemoryLedger()
    documents = [document("a" * 450), document("b")]
    engine(FakeComprehend(), ledger=ledger).enrich(documents, NOW)
    assert spent(ledger) == (units_of(["a" * 450, "b"]),) * 2 == (8, 8)


def test_part_of_a_batch_is_tried_again_alone():
    """Items in the error list go out again by themselves, and are paid for once."""
    ledger, client = MemoryLedger(), FakeComprehend([1, 3])
    documents = [document(f"t{i}") for i in range(5)]
    found = engine(client, ledger=ledger).enrich(documents, NOW)
    assert [request["TextList"] for _, request in client.calls][1] == ["t1", "t3"]
    assert {e.engine for e in found} == {"comprehend"}
    assert spent(ledger) == (15, 15)


def test_an_item_that_never_works():
    """It falls back alone, and its units are given back."""
    ledger, client = MemoryLedger(), FakeComprehend([1], [0], [0])
    found = engine(client, ledger=ledger).enrich([document("a"), document("b")], NOW)
    assert [e.engine for e in found] == ["comprehend", "vader"]
    assert found[1].fallback == "comprehend_unavailable"
    assert spent(ledger) == (3, 3)


@pytest.mark.parametrize(
    "failure",
    [
        refused("ThrottlingException"),
        refused("InternalServerException", 500),
        EndpointConnectionError(endpoint_url="http://down"),
    ],
)
def test_what_passes_is_tried_again(failure):
    """A throttle, a fault and a lost connection are repeated; nothing is paid twice."""
    ledger, client = MemoryLedger(), FakeComprehend(failure, failure)
    [found] = engine(client, ledger=ledger).enrich([document()], NOW)
    assert found.engine == "comprehend"
    assert spent(ledger) == (3, 3)


def test_down_for_good():
    """VADER scores, the enrichment says why, the money is back, and nobody keeps knocking."""
    ledger = MemoryLedger()
    client = FakeComprehend(*[EndpointConnectionError(endpoint_url="http://down")] * 99)
    documents = [document("I love it") for _ in range(100)]
    found = engine(client, ledger=ledger).enrich(documents, NOW)
    assert {(e.engine, e.fallback, e.compound) for e in found} == {
        ("vader", "comprehend_unavailable", 0.6369)
    }
    assert spent(ledger) == (0, 0)
    assert len(client.calls) == 3


def test_no_answer_may_have_cost_money():
    """After a time-out nobody knows whether AWS charges, so the units stay reserved."""
    ledger = MemoryLedger()
    client = FakeComprehend(*[ReadTimeoutError(endpoint_url="http://slow")] * 3)
    [found] = engine(client, ledger=ledger).enrich([document()], NOW)
    assert found.fallback == "comprehend_unavailable"
    assert spent(ledger) == (9, 9)


def test_at_the_cap():
    """What fits is paid for, the rest is VADER's, and says so."""
    ledger, client = MemoryLedger(), FakeComprehend()
    found = engine(client, cap=80, ledger=ledger).enrich([document()] * 60, NOW)
    assert [e.fallback for e in found] == [None] * 25 + ["spend_cap"] * 35
    assert spent(ledger) == (75, 75)
    assert len(client.calls) == 1


def test_a_refusal_is_not_repeated():
    """An error that a repeat would not mend falls back at once, with its name."""
    client = FakeComprehend(refused("AccessDeniedException"))
    [found] = engine(client).enrich([document()], NOW)
    assert found.fallback == "comprehend_AccessDeniedException"
    assert len(client.calls) == 1


def test_nobody_pays_twice_for_a_document():
    """What is kept with the same text keeps its scores; another text is asked about."""
    store, client = MemoryStore(), FakeComprehend()
    engine_ = ReuseStoredScores(engine(client), store, "acme")
    documents = [Document(name, f"text {name}", "x", NOW, language="en") for name in "abc"]
    said = engine_.enrich(documents[:2], NOW)
    store.put("acme", [ScoredDocument(d, e) for d, e in zip(documents, said, strict=False)], NOW)
    changed = replace(documents[1], text="other")
    again = engine_.enrich([documents[0], changed, documents[2]], NOW)
    assert again[0] == said[0]
    assert [request["TextList"] for _, request in client.calls][1] == ["other", "text c"]


def test_nothing_to_do():
    """No documents, no calls."""
    client = FakeComprehend()
    assert engine(client).enrich([], NOW) == []
    assert client.calls == []


def test_the_cascade_asks_only_about_what_vader_is_unsure_of():
    """Sure documents stay VADER's, without a word about falling back."""
    client = FakeComprehend()
    texts = ["I love this, it is wonderful!", "The table is in the room", "I hate it, horrible!"]
    found = Cascade(VADER, engine(client), threshold=0.4).enrich([document(t) for t in texts], NOW)
    assert [e.engine for e in found] == ["vader", "comprehend", "vader"]
    assert [e.fallback for e in found] == [None] * 3
    assert [request["TextList"] for _, request in client.calls] == [[texts[1]]]
