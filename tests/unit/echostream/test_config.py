"""Settings of the functions, read from environment variables."""

import pytest

from echostream.domain.errors import ConfigError
from echostream.entrypoints.config import (
    DestinationSettings,
    ProcessorSettings,
    ProducerSettings,
    TableSettings,
    TenantSettings,
    UsageSettings,
)

TABLE = {
    "TABLE_NAME": "t",
    "SHARDS": "4",
    "COUNTER_SHARDS": "2",
    "RETENTION_DAYS": "30",
    "DERIVE_WINDOW": "0",
    "MEMBERSHIP_SECONDS": "60",
}


def test_settings_have_types():
    """Numbers and durations are parsed."""
    settings = TableSettings.read(TABLE)
    assert (settings.name, settings.shards, settings.counter_shards) == ("t", 4, 2)
    assert (settings.retention.days, settings.window.seconds) == (30, 0)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"TABLE_NAME": ""}, "TABLE_NAME"),
        ({"SHARDS": "0"}, "SHARDS"),
        ({"SHARDS": "four"}, "SHARDS"),
        ({"COUNTER_SHARDS": "1.5"}, "COUNTER_SHARDS"),
        ({"RETENTION_DAYS": "-1"}, "RETENTION_DAYS"),
        ({"DERIVE_WINDOW": "-1"}, "DERIVE_WINDOW"),
    ],
)
def test_error_names_the_variable(change, name):
    """For a missing and for a malformed value."""
    with pytest.raises(ConfigError, match=f"^{name}:"):
        TableSettings.read({**TABLE, **change})


def test_error_says_what_is_required():
    """Each function has its own settings."""
    with pytest.raises(ConfigError, match=r"^ENGINE: must be one of"):
        ProcessorSettings.read({"LAKE_BUCKET": "b", "ENGINE": "oracle"})
    with pytest.raises(ConfigError, match=r"^INGEST_FUNCTION: required"):
        ProducerSettings.read({"LAKE_BUCKET": "b"})
    with pytest.raises(ConfigError, match=r"^TENANT_ROLE: required"):
        TenantSettings.read({})
    with pytest.raises(ConfigError, match=r"^TENANT_MODEL_SPEND_CAP: required"):
        UsageSettings.read({"TENANT_SPEND_CAP": "1"})


def test_destinations_have_a_topic_and_a_prefix_of_secrets():
    """The page of alerts is optional."""
    environ = {"DESTINATION_SECRETS": "s/", "MESSAGES_TOPIC": "arn", "PRIVATE_ADDRESSES": "false"}
    assert DestinationSettings.read(environ) == DestinationSettings("s/", "arn", "", False)
    for name in environ:
        with pytest.raises(ConfigError, match=f"^{name}: required"):
            DestinationSettings.read({**environ, name: ""})
    page = {"ALERTS_PAGE": "https://page.example/", "PRIVATE_ADDRESSES": "true"}
    assert DestinationSettings.read({**environ, **page}).page == "https://page.example/"
