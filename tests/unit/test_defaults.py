"""Limits and defaults outside Python equal those in Python, which are defined once."""

import sys
from datetime import timedelta

import pytest
import yaml

import echostream_client.send
from aws_companion import __main__ as companion
from aws_companion.comprehend import service as comprehend_stand_in
from dashboard.data.messages import SECONDS, TEXTS
from echostream.adapters import comprehend
from echostream.domain import counters, live_sources, query, validation
from echostream.domain.alerts import destinations
from echostream.domain.engine import ENGINES
from echostream.domain.model import Sentiment
from echostream.domain.passwords import new_password
from echostream.domain.ratings import RATING_FILTERS
from echostream.domain.themes import aspects, corpus, labels, report
from echostream.entrypoints import (
    aspect_requests,
    destination_requests,
    period_comparison,
    source_requests,
    theme_requests,
)
from echostream_cli import settings
from echostream_cli.paths import ROOT
from echostream_client import cognito
from echostream_sources import producer
from echostream_sources.kinds import KINDS
from echostream_sources.web import MAX_SECONDS
from tests.unit.test_architecture import TEMPLATE

OPENAPI = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
SCHEMAS = OPENAPI["components"]["schemas"]
PARAMETERS = TEMPLATE["Parameters"]
RESOURCES = TEMPLATE["Resources"]
SETTINGS = settings.Settings(ROOT)


def test_contract_has_the_kinds_and_limits_of_live_sources():
    """Of those that can be added through the API."""
    new = SCHEMAS["NewLiveSource"]["properties"]
    assert new["kind"]["enum"] == [one.name for one in KINDS.values() if not one.needs_samples]
    for name, allowed, default in (
        ("interval", live_sources.INTERVALS, live_sources.DEFAULT_INTERVAL),
        ("budget", live_sources.BUDGETS, live_sources.DEFAULT_BUDGET),
    ):
        limits = (new[name]["minimum"], new[name]["maximum"], new[name]["default"])
        assert limits == (allowed[0], allowed[-1], default)
    assert new["settings"]["additionalProperties"]["maxLength"] == live_sources.MAX_TEXT
    assert new.keys() == set(source_requests.FIELDS)


def test_contract_has_what_destinations_send():
    """The kinds of destinations, and what is sent over them."""
    new = SCHEMAS["NewDestination"]["properties"]
    assert new.keys() == set(destination_requests.FIELDS)
    assert new["kind"]["enum"] == list(destinations.Kind)
    assert SCHEMAS["Sends"]["items"]["enum"] == list(destinations.SENDS)
    assert set(new["sends"]["default"]) == destinations.DEFAULT_SENDS


def test_contract_has_the_limits_of_documents():
    """The number of documents in a request, and the lengths of the fields."""
    document = SCHEMAS["Document"]["properties"]
    assert SCHEMAS["Batch"]["properties"]["documents"]["maxItems"] == validation.MAX_DOCUMENTS
    lengths = {name: field["maxLength"] for name, field in document.items() if "maxLength" in field}
    assert lengths.pop("text") == validation.MAX_TEXT_BYTES
    assert lengths == validation.MAX_LENGTH
    attributes, rating = document["attributes"], document["rating"]
    assert attributes["maxProperties"] == validation.MAX_ATTRIBUTES
    assert attributes["propertyNames"]["maxLength"] == validation.MAX_ATTRIBUTE_NAME
    assert attributes["additionalProperties"]["maxLength"] == validation.MAX_ATTRIBUTE_VALUE
    assert (rating["minimum"], rating["maximum"]) == (validation.MIN_RATING, validation.MAX_RATING)
    assert tuple(sorted(document)) == tuple(sorted(validation.DOCUMENT_FIELDS))
    parameters = OPENAPI["components"]["parameters"]
    assert parameters["rating"]["schema"]["enum"] == list(RATING_FILTERS)
    assert SCHEMAS["Sentiment"]["enum"] == list(Sentiment)


def test_contract_has_the_limits_of_pages():
    """The largest and the default number of documents in a page."""
    [limit] = [
        p for p in OPENAPI["paths"]["/query"]["get"]["parameters"] if p.get("name") == "limit"
    ]
    assert limit["schema"]["maximum"] == query.MAX_LIMIT
    assert limit["schema"]["default"] == query.DEFAULT_LIMIT


def test_contract_has_the_limits_of_counts():
    """The longest period by hour, and the number of sources of a day and of a response."""
    stats = OPENAPI["paths"]["/stats"]["get"]
    [bucket] = [p for p in stats["parameters"] if p.get("name") == "bucket"]
    assert f"at most {query.MAX_HOURS.days} days" in bucket["description"]
    content = stats["responses"]["200"]["content"]["application/json"]["schema"]["properties"]
    assert content["sources"]["maxItems"] == query.MAX_SOURCES
    description = content["other_sources"]["description"]
    assert f"first {counters.MAX_SOURCES_A_DAY} of its day" in description
    assert f"{query.MAX_SOURCES} items" in description


def test_contract_has_the_limits_of_themes():
    """The number of themes, of their terms and examples, and the size of a sample."""
    operation = OPENAPI["paths"]["/themes"]["get"]
    [limit] = [p["schema"] for p in operation["parameters"] if p.get("name") == "limit"]
    assert limit["maximum"] == SCHEMAS["Themes"]["properties"]["themes"]["maxItems"]
    assert limit["maximum"] == theme_requests.MAX_THEMES
    assert limit["default"] == theme_requests.DEFAULT_THEMES
    assert f"about {period_comparison.SAMPLE:,} documents" in operation["description"]
    assert SCHEMAS["Themes"]["properties"]["drivers"]["maxItems"] == theme_requests.MAX_TERMS
    terms = SCHEMAS["Theme"]["allOf"][1]["properties"]["terms"]
    assert terms["maxItems"] == labels.MAX_LABELS
    assert SCHEMAS["CitedDocuments"]["maxItems"] == report.EXAMPLES
    text = SCHEMAS["CitedDocument"]["properties"]["text"]
    assert f"first {corpus.MAX_EXCERPT} characters" in text["description"]


def test_contract_has_the_limits_of_aspects():
    """The number of aspects and of their sentences, and the size of a sample."""
    operation = OPENAPI["paths"]["/aspects"]["get"]
    [limit] = [p["schema"] for p in operation["parameters"] if p.get("name") == "limit"]
    assert limit["maximum"] == aspect_requests.MAX_ASPECTS
    assert limit["default"] == aspect_requests.DEFAULT_ASPECTS
    assert f"about {aspect_requests.SAMPLE:,}" in operation["description"]
    assert SCHEMAS["CitedSentences"]["maxItems"] == aspects.EXAMPLES


def test_frontends_have_the_limits_of_counts():
    """Both count by hour for periods that the API accepts, and say which sources have a name."""
    assert SECONDS["hourly_up_to"] <= query.MAX_HOURS.total_seconds()
    reason = TEXTS["other_sources_reason"]
    assert f"first {counters.MAX_SOURCES_A_DAY} sources" in reason
    assert f"{query.MAX_SOURCES} sources" in reason


def test_sandbox_has_the_defaults_of_the_template():
    """Engine, ingest path and retention, which a user of the sandbox can set."""
    assert PARAMETERS["Engine"]["Default"] == SETTINGS.engine
    assert PARAMETERS["Engine"]["AllowedValues"] == list(ENGINES)
    assert PARAMETERS["IngestPath"]["Default"] == SETTINGS.ingest
    assert set(settings.INGEST_PATHS) < set(PARAMETERS["IngestPath"]["AllowedValues"])
    assert PARAMETERS["RetentionDays"]["Default"] == SETTINGS.retention_days
    assert PARAMETERS["RetentionDays"]["MaxValue"] == settings.MAX_RETENTION_DAYS
    assert PARAMETERS["EmulatorPort"]["MaxValue"] == settings.MAX_PORT


def test_documents_name_the_limits_of_a_request():
    """In the contract and in docs/api.md; clients stay below."""
    description = OPENAPI["paths"]["/ingest"]["post"]["description"]
    guide = (ROOT / "docs" / "api.md").read_text()
    for limit in (validation.MAX_BODY_BYTES, validation.MAX_EVENT_BYTES):
        assert f"{limit:,} bytes" in description
        assert f"{limit:,} bytes" in guide
    assert f"{validation.MAX_STORED_BYTES:,} bytes" in SCHEMAS["Document"]["description"]
    assert f"{validation.MAX_STORED_BYTES:,} bytes" in guide
    assert echostream_client.send.MAX_BYTES < validation.MAX_EVENT_BYTES
    assert echostream_client.send.BATCH <= validation.MAX_DOCUMENTS


def test_read_is_claimed_until_the_producer_ends():
    """Two runs of it never read a source at once; a source that ended is read in time."""
    timeout = RESOURCES["ProducerFunction"]["Properties"]["Timeout"]
    assert timedelta(seconds=timeout) <= live_sources.CLAIM
    assert timeout > producer.READ_SECONDS + MAX_SECONDS


def test_message_has_the_minimum_length_of_a_password():
    """As the user pool requires it; generated passwords are longer."""
    pool = TEMPLATE["Resources"]["UserPool"]["Properties"]
    length = pool["Policies"]["PasswordPolicy"]["MinimumLength"]
    assert f"at least {length} characters" in TEXTS["password_rules"]
    assert len(new_password()) >= length


def test_page_and_client_renew_tokens_at_the_same_time():
    """Seconds before the expiry."""
    assert SECONDS["renew_before_expiry"] == cognito.RENEW_BEFORE


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("port", "companion_port"),
        ("host", "bind_host"),
        ("region", "aws_region"),
        ("openai_url", "bedrock_openai_url"),
        ("openai_model", "bedrock_openai_model"),
    ],
)
def test_companion_has_the_defaults_of_the_sandbox(option, name, monkeypatch):
    """The companion is a package of its own, so it cannot import them."""
    monkeypatch.setattr(sys, "argv", ["aws-companion"])
    arguments = companion.parse_arguments()
    assert getattr(arguments, option) == getattr(SETTINGS, name)
    assert arguments.emulator == SETTINGS.endpoint


def test_stand_in_for_comprehend_has_the_limits_of_its_client():
    """Texts of a batch, and bytes of a text."""
    assert comprehend_stand_in.MAX_BATCH_TEXTS == comprehend.MAX_BATCH
    assert comprehend_stand_in.MAX_BATCH_TEXT_BYTES == comprehend.MAX_TEXT_BYTES
