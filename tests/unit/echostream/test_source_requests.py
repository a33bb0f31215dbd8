"""What requests about live sources name, and what is refused. Sources as JSON."""

import json
from datetime import timedelta

import pytest

from echostream.domain.errors import BadRequest
from echostream.domain.live_sources import Listed, LiveSource, Progress
from echostream.entrypoints import source_requests
from tests.builders import NOW
from tests.unit.echostream.test_member_requests import event

NEW = {"name": "tea", "kind": "reddit"}


def test_body_names_a_source():
    """Its tenant is the caller's; credentials are apart from the settings."""
    fields = {
        **NEW,
        "settings": {"subreddits": "tea"},
        "credentials": {"client_id": "a"},
        "interval": 60,
        "budget": 9,
    }
    source, credentials = source_requests.new_source(event(json.dumps(fields)), "acme", NOW)
    minute = timedelta(minutes=1)
    assert source == LiveSource("acme", "tea", "reddit", {"subreddits": "tea"}, minute, 9, NOW)
    assert credentials == {"client_id": "a"}


def test_interval_and_budget_have_defaults():
    source, credentials = source_requests.new_source(event(json.dumps(NEW)), "acme", NOW)
    assert (source.interval, source.budget) == (timedelta(minutes=5), 10_000)
    assert (source.settings, credentials) == ({}, {})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": None}, "name: is required, as a string"),
        ({"kind": 1}, "kind: is required, as a string"),
        ({"tenant": "globex"}, "tenant: unknown field; known: name, kind"),
        ({"settings": []}, "settings: must be a JSON object"),
        ({"settings": {"feed": 1}}, r"settings\.feed: must be a string"),
        ({"credentials": {"\ud800": None}}, r"credentials\.\\ud800: must be a string"),
        ({"interval": 59}, "interval: must be a whole number, 60 to 86400"),
        ({"interval": 10**400}, "interval: must be a whole number, 60 to 86400"),
        ({"interval": 300.5}, "interval: must be a whole number"),
        ({"interval": True}, "interval: must be a whole number"),
        ({"budget": 0}, "budget: must be a whole number, 1 to 1000000"),
        ({"budget": "9"}, "budget: must be a whole number"),
    ],
)
def test_wrong_field_is_named(changes, message):
    body = json.dumps({**NEW, **changes})
    with pytest.raises(BadRequest, match=message):
        source_requests.new_source(event(body), "acme", NOW)


def test_setting_that_is_given_twice_is_named():
    body = '{"name": "a", "kind": "rss", "settings": {"feed": "a", "feed": "b"}}'
    with pytest.raises(BadRequest, match="feed: given twice"):
        source_requests.new_source(event(body), "acme", NOW)


@pytest.mark.parametrize("prefix", ["", "/api"])
@pytest.mark.parametrize("end", ["", "/pause", "/resume"])
def test_path_names_a_source(prefix, end):
    """Also a source whose name is that of an operation."""
    for name in ("tea", "pause"):
        path = f"{prefix}/live-sources/{name}{end}"
        assert source_requests.name_of_source(event(path=path)) == name


def test_source_as_json_has_no_credentials():
    """Times are absent before the first read."""
    minute = timedelta(minutes=1)
    source = LiveSource("acme", "tea", "reddit", {}, minute, 9, NOW, secret="secret-name")
    found = source_requests.to_wire(Listed(source, Progress(NOW, failures=1, error="HTTP 503")))
    assert (found["state"], found["error"], found["has_credentials"]) == (
        "failing",
        "HTTP 503",
        True,
    )
    assert (found["succeeded_at"], found["newest_at"], found["interval"]) == (None, None, 60)
    assert "secret-name" not in json.dumps(found)
