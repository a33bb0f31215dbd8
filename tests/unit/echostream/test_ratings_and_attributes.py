"""The fields `rating` and `attributes` of a document: what is accepted, stored and returned."""

from dataclasses import replace

import pytest

from echostream.domain.codec import scored_from_wire, scored_to_wire
from echostream.domain.errors import BadDocument
from echostream.domain.model import Count, ScoredDocument, count
from echostream.domain.privacy import Privacy, PrivacyOptions
from echostream.domain.validation import AcceptedTimes, document_from_wire
from tests.builders import NOW, RETENTION, scored

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
