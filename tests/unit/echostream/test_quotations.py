"""The parameter `mask` of `GET /themes`, `/aspects` and `/digest`."""

import json
import re
from datetime import timedelta
from functools import partial

import pytest

from echostream.adapters.vader import Vader
from echostream.domain.errors import BadRequest
from echostream.domain.masking import mask
from echostream.domain.quotations import LONGEST_ADDRESS, MAX_MASKED, Quotations
from echostream.domain.themes.corpus import MAX_EXCERPT
from echostream.domain.themes.sampling import sample
from echostream.entrypoints.aspect_requests import aspects_response
from echostream.entrypoints.digest_requests import digest_response
from echostream.entrypoints.theme_requests import themes_response
from tests.builders import NOW, RETENTION
from tests.fakes import MemoryCounters, MemoryStore
from tests.unit.echostream.theme_texts import TOPICS, about, documents

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PERSONAL = re.compile(r"example\.org|7946|@bob|author\d")
SLUR = "faggot"
TEXT = f"The {SLUR} is awful, says @bob, write to ann@example.org or call +44 20 7946 0018."
UNCHANGED = ("id", "citations", "source", "created_at")


class Model:
    """A model that writes words that no document has, which the checks refuse."""

    name = "model"

    def write(self, prompt, now):
        sentence = {"text": "The sluts like zebras.", "theme": "", "citations": []}
        return {"sentences": [sentence]}


@pytest.fixture(scope="module")
def take():
    """Documents with a slur that is new today, and with personal data."""
    store = MemoryStore()
    today = [f"{TEXT} {word}" for word in TOPICS["battery"] * 6]
    stored = documents(today, at=NOW - HOUR, compound=-0.5)
    store.put("acme", [*stored, *about("courier", 30, at=NOW - DAY - HOUR)], NOW)
    return partial(sample, store, MemoryCounters(store), "acme")


RESPONSES = {
    "themes": lambda take, parameters: themes_response(take, parameters, NOW, RETENTION),
    "aspects": lambda take, parameters: aspects_response(
        take, Vader().score, parameters, NOW, RETENTION
    ),
    "rules": lambda take, parameters: digest_response(take, None, parameters, NOW, RETENTION),
    "refused": lambda take, parameters: digest_response(take, Model(), parameters, NOW, RETENTION),
}
of_each = pytest.mark.parametrize("respond", RESPONSES.values(), ids=RESPONSES)


def leaves(content, name=""):
    """The values of a response, each with the name of its field."""
    if isinstance(content, dict):
        return [leaf for key, value in content.items() for leaf in leaves(value, key)]
    if isinstance(content, list | tuple):
        return [leaf for value in content for leaf in leaves(value, name)]
    return [(name, content)]


@of_each
def test_masked_response_has_no_slur_and_no_personal_data(respond, take):
    """Neither in texts of documents, nor in terms, sentences, or what was wrong with a digest."""
    plain = json.dumps(respond(take, {}))
    assert SLUR in plain
    masked = respond(take, {"mask": "true"})
    text = json.dumps([value for name, value in leaves(masked) if name not in UNCHANGED])
    assert SLUR not in text
    assert "f*****" in text
    assert not PERSONAL.search(text)


@of_each
def test_masking_changes_no_number_and_no_id(respond, take):
    """Only texts and authors differ, and texts as `mask` masks them."""
    plain, masked = (
        leaves(respond(take, {"mask": "false"})),
        leaves(respond(take, {"mask": "true"})),
    )
    assert [name for name, _ in plain] == [name for name, _ in masked]
    for (name, before), (_, after) in zip(plain, masked, strict=True):
        if name == "author":
            assert after is None
        elif name in UNCHANGED or not isinstance(before, str):
            assert after == before
        else:
            assert after == mask(before)


def test_problems_of_a_refused_digest_are_masked(take):
    """They repeat what a model wrote."""
    plain, masked = (RESPONSES["refused"](take, {"mask": value}) for value in ("false", "true"))
    assert "sluts, zebras" in str(plain["rejected"])
    assert "s****, zebras" in str(masked["rejected"])


@of_each
def test_default_is_not_to_mask(respond, take):
    """As with `false`."""
    assert respond(take, {}) == respond(take, {"mask": "false"})


@of_each
@pytest.mark.parametrize("value", ["", "True", "1", "yes", "true "])
def test_other_value_is_refused(respond, take, value):
    """The message has the parameter and its values."""
    with pytest.raises(BadRequest, match=r"^mask: must be one of true, false$") as error:
        respond(take, {"mask": value})
    assert error.value.code == "invalid_value"


def masked(text):
    return Quotations(is_masked=True).excerpt(text)


@pytest.mark.parametrize("before", range(MAX_EXCERPT - 20, MAX_EXCERPT))
def test_address_is_masked_before_a_text_is_cut(before):
    """No part of one that is cut stays."""
    found = masked("x" * before + " ann.long.name@example.org " + "and so on " * 50)
    assert len(found) == MAX_EXCERPT
    assert "ann" not in found
    assert found.endswith("\u2026")


@pytest.mark.parametrize("cut", range(-20, 20))
def test_address_at_the_end_of_what_is_masked_is_not_quoted(cut):
    """Where addresses before it are masked, so that the end comes into the excerpt."""
    address = "a" * 60 + "@" + "b" * 60 + ".org "
    before = address * (MAX_MASKED // len(address))
    text = before.ljust(MAX_MASKED - LONGEST_ADDRESS // 2 + cut, "-") + "z" * 60 + "@" + "c" * 200
    found = masked(f"{text}.org and so on")
    assert "zz" not in found
    assert "cc" not in found


def test_short_text_is_quoted_as_a_whole():
    """Also one that only fits once it is masked."""
    assert masked("so it is") == "so it is"
    assert masked("ann@example.org " * 30) == "[email] " * 30
