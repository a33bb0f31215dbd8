"""Recorded responses of Amazon Comprehend, and their replay."""

import pytest
from comprehend_requests import (
    NO_EMULATOR,
    SENTIMENT,
    batch,
    detect,
    error_type,
    record,
)
from starlette.testclient import TestClient

from aws_companion.__main__ import create_companion
from aws_companion.comprehend.cassette import Cassette, CorruptCassette
from aws_companion.services import Options


def test_recorded_result_is_replayed(tmp_path):
    """In any language, with a header of its own."""
    record(tmp_path, "so so")
    record(tmp_path, "regular", language="es")
    with TestClient(
        create_companion(NO_EMULATOR, Options(tmp_path)).app(), base_url="http://localhost"
    ) as http:
        response = detect(http, "so so")
        assert response.json() == SENTIMENT
        assert response.headers["x-echostream-model"] == "cassette"
        assert detect(http, "regular", "es").json() == SENTIMENT
        response = batch(http, ["so so", "good"])
        assert response.headers["x-echostream-model"].startswith("cassette+stand-in/")
        assert response.json()["ResultList"][0] == {"Index": 0, **SENTIMENT}
        assert error_type(detect(http, "other", "es")) == "UnsupportedLanguageException"


def test_only_results_of_aws_are_replayed(tmp_path):
    """Results of a companion are replayed with `replay_any` only."""
    record(tmp_path, "so so", source="stand-in/1")
    assert len(Cassette(tmp_path)) == 0
    assert Cassette(tmp_path, replay_any=True).find("so so", "en", "DetectSentiment") == SENTIMENT


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"key": 1}', "null"])
def test_corrupt_cassette_is_refused(tmp_path, line):
    """The error names the file and the line."""
    record(tmp_path, "so so")
    path = tmp_path / "DetectSentiment.jsonl"
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(CorruptCassette, match=r"DetectSentiment\.jsonl, line 2"):
        Cassette(tmp_path)


def test_missing_folder_is_an_empty_cassette(tmp_path):
    """The folder is not created."""
    assert len(Cassette(tmp_path / "none")) == 0
    assert not (tmp_path / "none").exists()
