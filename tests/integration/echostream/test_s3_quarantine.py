"""The quarantine's adapter on the emulator's S3."""

from dataclasses import replace

import pytest

from echostream.adapters.s3_quarantine import S3Quarantine
from echostream.domain.errors import BadRequest
from echostream.domain.quarantine import document_item
from tests.builders import NOW


@pytest.fixture
def quarantine(settings, sandbox):
    return S3Quarantine(settings.target.client("s3"), sandbox["LAKE_BUCKET"])


def test_item_is_added_once_replaced_and_removed(quarantine, name):
    """A second delivery changes nothing; an operator's replacement does."""
    error = BadRequest("conflict", "id: exists")
    item = document_item(name, {"text": "caf\u00e9 \ud83d"}, error, NOW, NOW)
    assert quarantine.add(item)
    assert not quarantine.add(replace(item, attempts=9))
    assert list(quarantine.items(name)) == [item]
    quarantine.replace(replace(item, attempts=2))
    assert [one.attempts for one in quarantine.items(name)] == [2]
    quarantine.remove(item)
    assert quarantine.get(item.key) is None
