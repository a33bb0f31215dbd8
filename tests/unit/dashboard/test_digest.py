"""The digest of the page Themes: its citations, who wrote it and why, and how long it is kept."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.data.digest import KeptDigest, author_text, load
from dashboard.data.errors import ServiceError
from dashboard.data.filters import Filters
from dashboard.data.messages import DIGEST_REASONS
from dashboard.data.themes import Query
from echostream.adapters import bedrock
from echostream.domain.digest import writing
from echostream_client.api import ApiFailed
from tests.unit.dashboard.theme_responses import Api, digest, document, sentence

NOW = datetime(2026, 5, 21, tzinfo=UTC)
QUERY = Query(Filters())
OTHER = Query(Filters(source="forum"))


def loaded(**changes):
    """The digest of a response with changes."""
    api: Any = Api()
    api.digest_response = digest(**changes)
    return load(api, QUERY, NOW)


def late():
    raise ServiceError("late")


def test_filters_and_comparison_are_asked_of_the_api():
    """As for the themes."""
    api: Any = Api()
    load(api, Query(Filters("Last 24 hours", "forum", "NEGATIVE"), "week", True), NOW)
    assert api.digest_calls == [
        {
            "from": "2026-05-20T00:00:00Z",
            "to": None,
            "source": "forum",
            "sentiment": "NEGATIVE",
            "mask": "true",
            "against": "week",
        }
    ]


def test_citations_are_numbers_of_the_documents():
    """From 1, in the order of the documents; a sentence may have none."""
    found = loaded()
    assert [one.citations for one in found.sentences] == [[], [1, 2], [2]]
    assert [one["id"] for one in found.documents] == ["d1", "d2"]
    assert found.sentences[1].text == "40.0% are about kettle."


def test_citation_of_an_unknown_document_is_unreadable():
    """A sentence without its evidence is not shown."""
    with pytest.raises(ServiceError) as raised:
        loaded(sentences=[sentence("x", "d3")], documents=[document("d1")])
    assert raised.value.kind == "unreadable"


def test_every_reason_of_the_service_has_a_sentence():
    """Those of the writer and of the adapter of Bedrock."""
    reasons = {writing.NO_MODEL, writing.NO_THEME, writing.REJECTED}
    assert set(DIGEST_REASONS) == reasons | {bedrock.CAPPED, bedrock.UNAVAILABLE}


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        *DIGEST_REASONS.items(),
        (
            "bedrock_AccessDeniedException",
            "Amazon Bedrock refused the request: AccessDeniedException.",
        ),
        ("bedrock_", "bedrock_"),
        ("moon_phase", "moon_phase"),
    ],
)
def test_rules_say_why_no_model_wrote(reason, text):
    """In plain words; an unknown reason is shown as it is."""
    assert author_text(loaded(reason=reason)) == f"Written by rules. {text}"


def test_rules_without_a_reason_give_none():
    """The line ends after the author."""
    assert author_text(loaded(reason=None)) == "Written by rules."


def test_model_is_named():
    """Of a stand-in, the line says that it is no language model."""
    model: dict[str, Any] = {"written_by": "model", "reason": None}
    name = "amazon.nova-micro-v1:0"
    assert author_text(loaded(model=name, **model)) == f"Written by {name}."
    stand_in = author_text(loaded(model="echostream-draft-1", **model))
    assert stand_in == (
        "Written by echostream-draft-1. It is the sandbox's stand-in and no language model."
    )


def test_digest_is_kept_for_its_query():
    """Until the query changes, which removes it, also for a later return to the query."""
    kept, found = KeptDigest(), loaded()
    kept.select(QUERY)
    kept.write(lambda: found)
    kept.select(QUERY)
    assert (kept.digest, kept.was_removed) == (found, False)
    for query in (OTHER, QUERY):
        kept.select(query)
        assert (kept.digest, kept.was_removed) == (None, True)
    kept.write(lambda: found)
    assert (kept.digest, kept.was_removed) == (found, False)


def test_failure_keeps_the_last_digest():
    """The error stays until another attempt succeeds or the query changes."""
    kept, found = KeptDigest(), loaded()
    kept.select(QUERY)
    kept.write(lambda: found)
    kept.write(late)
    assert kept.error
    assert (kept.digest, kept.error.kind) == (found, "late")
    kept.write(lambda: found)
    assert kept.error is None
    kept.write(late)
    kept.select(OTHER)
    assert kept.error is None


def test_change_without_a_digest_removes_nothing():
    """The page does not say that one was removed."""
    kept = KeptDigest()
    kept.select(QUERY)
    kept.select(OTHER)
    assert not kept.was_removed


@pytest.mark.parametrize(
    ("response", "kind"),
    [(ApiFailed(503, "oops", "HTTP 503: oops"), "failed"), ({"sentences": None}, "unreadable")],
)
def test_failed_request_is_a_service_error(response, kind):
    """Also one whose response lacks a part."""
    api: Any = Api()
    api.digest_response = response
    with pytest.raises(ServiceError) as raised:
        load(api, QUERY, NOW)
    assert raised.value.kind == kind
