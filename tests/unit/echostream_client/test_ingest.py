"""Documents that the API could not store now are sent again; one response has the sums."""

import json
import time

import pytest

from echostream_client.api import ingest


@pytest.fixture(autouse=True)
def no_wait(monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)


def post(*responses):
    """A function that returns these responses, each with what the request's documents became."""
    left = iter(responses)

    def answer(body):
        number = len(json.loads(body)["documents"])
        response = {"ids": [], "rejected": [], **next(left)}
        assert response["accepted"] + len(response["rejected"]) == number
        return response

    return answer


def refused(index):
    return {"index": index, "code": "try_again", "message": "document: not stored; send it again"}


def test_numbers_of_all_requests_are_added():
    """Accepted documents, and which of them were repeats, or are in the lake only."""
    first = {"accepted": 2, "repeated": 1, "lake_only": 2, "rejected": [refused(1)]}
    second = {"accepted": 1, "repeated": 1, "lake_only": 0}
    response = ingest(post(first, second), [{"text": "x"}] * 3, 4)
    numbers = {name: response[name] for name in ("accepted", "repeated", "lake_only")}
    assert numbers == {"accepted": 3, "repeated": 2, "lake_only": 2}


def test_number_that_no_response_has_is_left_out():
    """The stream path does not know repeats."""
    first = {"accepted": 1, "rejected": [refused(1)]}
    response = ingest(post(first, {"accepted": 1}), [{"text": "x"}] * 2, 4)
    assert response["accepted"] == 2
    assert "repeated" not in response
