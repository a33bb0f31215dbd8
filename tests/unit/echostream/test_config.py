"""Settings of the functions, read from environment variables."""

import pytest

from echostream.domain.errors import ConfigError
from echostream.entrypoints.config import (
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
