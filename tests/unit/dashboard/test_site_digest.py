"""The digest on the page: what the panel shows, and for which filters."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.data.digest import author_text, load
from dashboard.data.filters import Filters
from dashboard.data.messages import DIGEST_REASONS, TEXTS
from dashboard.data.themes import Query
from tests.unit.dashboard.site_modules import node, page
from tests.unit.dashboard.theme_responses import NO_SCORE, Api, digest, document, period, sentence

pytestmark = node
HOSTILE = "<img src=x onerror=\"document.title='run'\">"
MODEL: dict[str, Any] = {"written_by": "model", "model": "amazon.nova-micro-v1:0", "reason": None}
NO_DOCUMENTS = period(19, 21, 0, **NO_SCORE)
TIME = "As of 21 May 2026, 00:00:00 UTC."
PANEL = """(async () => {
    const requests = [], filters = {};
    const request = () => new Promise((resolve, reject) => requests.push({ resolve, reject }));
    const panel = new digest_panel.DigestPanel(request, (error) => panel.showProblem(error));
    const part = (id) => document.getElementById(id);
    const answered = async (number, response) => {
        requests[number].resolve(response);
        await new Promise((resolve) => setTimeout(resolve));
    };
    const failed = async (number, kind) => {
        requests[number].reject(new errors.ServiceError(kind));
        await new Promise((resolve) => setTimeout(resolve));
    };
    const seen = () => ({
        status: part("digest-status").textContent,
        problem: part("digest-problem").textContent,
        isDisabled: part("write-digest").attributes["aria-disabled"] === "true",
        sentences: part("digest-list").children.map((one) => one.textContent),
        elements: fake.outline(part("digest-list")),
        requests: requests.length,
    });
"""


def seen_after(*steps):
    """What the panel shows in the end."""
    return page(f"{PANEL} {'; '.join(steps)}; return seen(); }})()")


def write(**filters):
    return f"panel.write({json.dumps(filters)})"


def answer(content, number=0):
    """The response to a request, counted from 0."""
    return f"await answered({number}, {json.dumps(content)})"


def shown(**changes):
    """What the panel shows of a response with changes."""
    return seen_after(write(), answer(digest(**changes)))


def test_sentences_open_the_documents_that_they_cite():
    """A sentence without citations has nothing to open. The line names the model, and the time."""
    result = shown(**MODEL)
    assert result["status"] == f"Written by amazon.nova-micro-v1:0. {TIME}"
    (_, plain), (_, cited), _ = result["elements"]
    assert plain == ["p", ["bdi", "There are 10 documents."]]
    name, summary, documents = cited
    assert name == "details"
    assert summary == ["summary", ["bdi", "40.0% are about kettle."], ["span", " 2 documents"]]
    assert [one[2] for one in documents[1:]] == [["p", "text of d1"], ["p", "text of d2"]]
    assert not result["problem"]
    assert not result["isDisabled"]


@pytest.mark.parametrize(
    "changes",
    [
        MODEL,
        {**MODEL, "model": "echostream-draft-1"},
        *({"reason": reason} for reason in DIGEST_REASONS),
        {"reason": "bedrock_AccessDeniedException"},
        {"reason": "bedrock_"},
        {"reason": "moon_phase"},
        {"reason": None},
    ],
    ids=lambda changes: changes["reason"] or changes.get("model", "none"),
)
def test_both_frontends_say_who_wrote_a_digest(changes):
    """And if rules did, why."""
    api: Any = Api()
    api.digest_response = digest(**changes)
    expected = author_text(load(api, Query(Filters()), datetime(2026, 5, 21, tzinfo=UTC)))
    assert page(f"digest_panel.authorText({json.dumps(digest(**changes))})") == expected


def test_period_without_documents_has_no_sentence():
    """But a reason, which names the filters only if there are any."""
    empty = digest(period=NO_DOCUMENTS, sentences=[sentence("None.")], documents=[])
    result = seen_after(write(), answer(empty))
    assert result["status"] == f"{TEXTS['no_documents']} {TIME}"
    assert result["sentences"] == []
    result = seen_after(write(channel="tea"), answer(empty))
    assert result["status"] == f"{TEXTS['no_match']} {TIME}"


def test_panel_says_that_a_digest_is_on_its_way():
    """The button sends no second request; the last digest stays meanwhile."""
    result = seen_after(write(), answer(digest()), write(), write())
    assert (result["requests"], result["isDisabled"]) == (2, True)
    assert result["status"] == TEXTS["digest_writing"]
    assert len(result["sentences"]) == 3


def test_failed_request_keeps_the_last_digest():
    """The error stays until another attempt."""
    failure = write(), answer(digest()), write(), "await failed(1, 'late')"
    result = seen_after(*failure)
    assert result["problem"] == "The service takes too long to respond."
    assert not result["isDisabled"]
    assert len(result["sentences"]) == 3
    assert result["status"].endswith(TIME)
    assert not seen_after(*failure, write())["problem"]


@pytest.mark.parametrize(
    "content",
    [
        {"surprise": []},
        digest(period=None),
        digest(sentences=[{"text": "x"}]),
        digest(sentences=[sentence("x", "d3")]),
    ],
    ids=["other json", "no period", "no citations", "unknown document"],
)
def test_unreadable_response_is_a_problem(content):
    """Also a citation without its document: a sentence without its evidence is not shown."""
    result = seen_after(write(), answer(content))
    assert "that this page cannot read" in result["problem"]
    assert result["sentences"] == []
    assert not result["isDisabled"]


def test_late_response_of_former_filters_is_not_shown():
    """Nor instead of the one that belongs to the filters."""
    changed = write(), "panel.remove('removed')"
    late = answer(digest(sentences=[sentence("late")]))
    result = seen_after(*changed, late)
    assert (result["sentences"], result["status"], result["isDisabled"]) == ([], "", False)
    result = seen_after(*changed, write(channel="tea"), late)
    assert (result["sentences"], result["isDisabled"]) == ([], True)
    result = seen_after(*changed, write(channel="tea"), answer(digest(), 1), late)
    assert len(result["sentences"]) == 3


def test_removed_digest_has_a_reason():
    """Also after another change; without a digest nothing was removed, and there is none."""
    remove = "panel.remove('removed')"
    result = seen_after(write(), answer(digest()), remove, remove)
    assert (result["sentences"], result["status"]) == ([], "removed")
    assert seen_after(remove)["status"] == ""
    failure = write(), "await failed(0, 'late')", remove
    assert (seen_after(*failure)["status"], seen_after(*failure)["problem"]) == ("", "")
    sign_out = "panel.remove()"
    assert seen_after(write(), answer(digest()), sign_out, remove)["status"] == ""


def test_texts_of_others_are_texts():
    """Of sentences and documents; also the names of models, and reasons."""
    cited = document("d1", text=HOSTILE, source=HOSTILE, author=HOSTILE)
    content = {"sentences": [sentence(HOSTILE, "d1")], "documents": [cited]}
    result = shown(**content, reason=HOSTILE)
    assert json.dumps(result["elements"]).count(json.dumps(HOSTILE)) == 4
    assert result["status"] == f"Written by rules. {HOSTILE} {TIME}"
    assert shown(**content, **{**MODEL, "model": HOSTILE})["status"].startswith(
        f"Written by {HOSTILE}."
    )
