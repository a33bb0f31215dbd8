"""The fields `rating` and `attributes` of a document: accepted, stored, returned, filtered by."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis.strategies import text

from echostream.domain.attributes import attribute_from_text, attribute_to_text
from echostream.domain.codec import scored_from_wire, scored_to_wire
from echostream.domain.errors import BadDocument, BadRequest
from echostream.domain.model import Count, ScoredDocument, count
from echostream.domain.privacy import Privacy, PrivacyOptions
from echostream.domain.query import Question
from echostream.domain.ratings import RATING_FILTERS
from echostream.domain.validation import AcceptedTimes, document_from_wire
from echostream.entrypoints.cursors import encode_cursor
from echostream.entrypoints.queries import query_response
from tests.builders import NOW, RETENTION, TABLE, scored
from tests.fakes import MemoryStore

TIMES = AcceptedTimes(NOW, RETENTION)
ATTRIBUTES = {"app version": "2.1", "country": "DE"}


def test_rating_and_attributes_are_kept():
    """They come back as they were sent; a document without them has none."""
    row = {"text": "a", "language": "en", "rating": 4.5, "attributes": ATTRIBUTES}
    document = document_from_wire(row, TIMES)
    stored = ScoredDocument(document, scored("a").enrichment)
    assert scored_from_wire(scored_to_wire(stored)).document == document
    assert (document.rating, document.attributes) == (4.5, ATTRIBUTES)
    plain = scored_to_wire(
        ScoredDocument(document_from_wire({"text": "a"}, TIMES), stored.enrichment)
    )
    assert (plain["rating"], plain["attributes"]) == (None, {})


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"rating": "5"}, "invalid_type", "rating: must be a number"),
        ({"rating": True}, "invalid_type", "rating: must be a number"),
        ({"rating": 0.9}, "out_of_range", "rating: must be from 1 to 5 (stars)"),
        ({"rating": 10**400}, "out_of_range", "rating: must be from 1 to 5 (stars)"),
        ({"attributes": []}, "invalid_type", "attributes: must be a JSON object of strings"),
        ({"attributes": {"a": 1}}, "invalid_type", "attributes.a: must be a string"),
        ({"attributes": {"a": ""}}, "too_long", "attributes.a: must have 1 to 256 characters"),
        (
            {"attributes": {"a": "x" * 257}},
            "too_long",
            "attributes.a: must have 1 to 256 characters",
        ),
        (
            {"attributes": {"": "x"}},
            "too_long",
            "attributes.'': its name must have 1 to 64 characters",
        ),
        (
            {"attributes": {f"{n:02}": "x" for n in range(21)}},
            "too_long",
            "attributes: 21, at most 20",
        ),
        (
            {"attributes": {f"{n:02}": "x" * 250 for n in range(20)}},
            "too_long",
            "attributes: 5161 bytes of JSON, at most 4096",
        ),
        (
            {"attributes": {"a": "\udcff"}},
            "invalid_utf8",
            "attributes.a: not UTF-8 at character 0; send whole characters, and U+FFFD as the"
            " escape \\ufffd",
        ),
    ],
)
def test_wrong_values_name_the_field(fields, code, message):
    """The message has the field, the attribute and the limit."""
    with pytest.raises(BadDocument) as error:
        document_from_wire({"text": "a", **fields}, TIMES)
    assert (error.value.code, str(error.value)) == (code, message)


def test_attributes_are_redacted():
    """A tenant that redacts e-mail addresses stores none in an attribute."""
    row = {"text": "a", "attributes": {"contact": "ann@example.com", "country": "DE"}}
    options = Privacy(PrivacyOptions(redact=True), key=b"k" * 32)
    assert options.apply(row)["attributes"] == {"contact": "[email]", "country": "DE"}


def test_documents_without_a_score_are_counted_apart():
    """They are in the total, and in no mean."""
    one, other = scored("a", compound=0.5), scored("b")
    without = replace(other, enrichment=replace(other.enrichment, unscored="unsupported_language"))
    [counted] = count([one, without])
    assert (counted.total, counted.unscored, counted.mean) == (2, 1, 0.5)
    assert Count(NOW, "x", unscored=3).mean is None
    assert counted + -counted == Count(counted.hour, counted.source)


@pytest.mark.parametrize(
    ("rating", "compound", "filters"),
    [
        (None, -0.5, set()),
        (1, -0.5, {"any", "1"}),
        (1.49, 0.5, {"any", "1", "disagrees"}),
        (2, 0.5, {"any", "2", "disagrees"}),
        (2.1, 0.5, {"any", "2"}),
        (2, 0.0, {"any", "2"}),
        (3.49, -0.5, {"any", "3"}),
        (3.5, -0.5, {"any", "4"}),
        (4, -0.5, {"any", "4", "disagrees"}),
        (4, 0.0, {"any", "4"}),
        (4.5, 0.5, {"any", "5"}),
        (5, -0.5, {"any", "5", "disagrees"}),
    ],
)
def test_ratings_are_filtered(rating, compound, filters):
    """Halves count as the next star; a rating disagrees with the opposite sentiment only."""
    document = scored("a", rating=rating, compound=compound)
    question = Question(NOW, NOW)
    matching = {one for one in RATING_FILTERS if replace(question, rating=one).matches(document)}
    assert matching == filters
    assert question.matches(document)


@pytest.mark.parametrize("rating", [1, 5])
def test_a_document_without_a_score_never_disagrees(rating):
    """Nothing is known about the sentiment of its text."""
    document = scored("a", rating=rating)
    unscored = replace(document.enrichment, unscored="unsupported_language")
    question = Question(NOW, NOW, rating="disagrees")
    assert not question.matches(replace(document, enrichment=unscored))


def test_attributes_are_filtered():
    """Name and value are exact, and both of one attribute."""
    store = MemoryStore()
    store.put(
        "acme",
        [
            scored("a", attributes={"country": "DE", "a:b\\": "x:y"}),
            scored("b", attributes={"country": "DEU", "land": "DE"}, rating=5),
            scored("c"),
        ],
        NOW,
    )

    def ids(**parameters):
        response = query_response(store, "acme", parameters, NOW, TABLE)
        return {one["id"] for one in response["documents"]}

    assert ids(attribute="country:DE") == {"a"}
    assert ids(attribute="country:de") == ids(attribute="Country:DE") == set()
    assert ids(attribute="a\\:b\\\\:x:y") == {"a"}
    assert ids(attribute="country:DEU", rating="5") == {"b"}
    assert ids(attribute="country:DE", rating="5") == set()


@given(text(min_size=1), text(min_size=1))
@example("a:b\\", ":\n")
def test_any_attribute_can_be_named(name, value):
    """Whatever characters its name and value have."""
    assert attribute_from_text(attribute_to_text(name, value)) == (name, value)


def test_cursors_without_the_filters_stay_valid():
    """A cursor of a version that did not have them; one of another filter is refused."""
    position = "2026-05-20T12:00:00.000000Z#x"
    former = encode_cursor(position, ["acme", None, None, None, None, "a channel"])
    parameters = {"channel": "a channel", "cursor": former}
    assert query_response(MemoryStore(), "acme", parameters, NOW, TABLE)["documents"] == []
    cursor = encode_cursor(position, ["acme", None, None, None, None, "rating=4"])
    assert query_response(MemoryStore(), "acme", {"rating": "4", "cursor": cursor}, NOW, TABLE)
    with pytest.raises(BadRequest, match="cursor"):
        query_response(MemoryStore(), "acme", {"channel": "4", "cursor": cursor}, NOW, TABLE)
