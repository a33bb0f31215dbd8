"""Settings name what is wrong with them."""

import pytest

from echostream.domain.errors import ConfigError
from echostream.entrypoints.config import ProcessorSettings, ProducerSettings, TableSettings

TABLE = {"TABLE_NAME": "t", "SHARDS": "4", "RETENTION_DAYS": "30"}


def test_reads_the_environment():
    """Values arrive with their types."""
    settings = TableSettings.read(TABLE)
    assert (settings.name, settings.shards, settings.retention.days) == ("t", 4, 30)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"TABLE_NAME": ""}, "TABLE_NAME"),
        ({"SHARDS": "0"}, "SHARDS"),
        ({"SHARDS": "four"}, "SHARDS"),
        ({"RETENTION_DAYS": "-1"}, "RETENTION_DAYS"),
    ],
)
def test_names_the_variable(change, name):
    """A missing or malformed value says which variable it is."""
    with pytest.raises(ConfigError, match=f"^{name}:"):
        TableSettings.read({**TABLE, **change})


def test_names_what_is_missing():
    """Each function's settings stand for themselves."""
    with pytest.raises(ConfigError, match=r"^ENGINE: must be one of"):
        ProcessorSettings.read({"LAKE_BUCKET": "b", "ENGINE": "oracle"})
    with pytest.raises(ConfigError, match=r"^REPLAY_KEY: required"):
        ProducerSettings.read({"LAKE_BUCKET": "b"})
