"""The digest and the aspects on the page Themes, in Streamlit's AppTest."""

import re

import pytest

from dashboard import components
from dashboard.sign_in import ENDED
from echostream_client.api import ApiFailed
from tests.unit.dashboard.theme_pages import page_of, texts
from tests.unit.dashboard.theme_responses import Api, aspect, aspects, digest, document, sentence

HOSTILE = "**bold** <script>alert(1)</script> [x](http://x) $a$ :red[b]"
RENDERED = ("markdown", "caption", "subheader", "header", "info", "error")
"""Elements of AppTest whose text is Markdown."""


def press(page, label="Write a digest"):
    next(one for one in page.button if one.label == label).click().run()
    assert not page.exception
    return page


def select_first_rows(monkeypatch):
    """As if the viewer had selected the first row of each table: AppTest cannot."""
    monkeypatch.setattr(components, "choose_row", lambda *_: 0)


def test_digest_is_written_on_request_only():
    """Neither the page nor a rerun asks for one; the button does, once."""
    api = Api()
    page = page_of(api).run()
    assert api.digest_calls == []
    assert not page.text
    press(page).run()
    assert len(api.digest_calls) == 1
    assert "40.0% are about kettle." in texts(page.text)


def test_sentences_cite_numbered_documents():
    """With text, source, author, time and sentiment of each document, and who wrote it."""
    page = press(page_of(Api()))
    captions = texts(page.caption).replace("\\", "")
    assert "[1] [2]\n[2]\n" in captions
    assert (
        "Written by rules. No language model is set up. As of 2026-05-21 00:00:00 UTC." in captions
    )
    assert page.expander[0].label == "Cited documents"
    assert [one.value for one in page.expander[0].text] == [
        "[1] text of d1",
        "2026-05-20 10:00:00 UTC, Negative (-0.50), id d1, source forum, author ann",
        "[2] text of d2",
        "2026-05-20 10:00:00 UTC, Negative (-0.50), id d2, source forum, no author",
    ]


def test_digest_without_citations_has_no_list():
    """Such as one of documents without a theme."""
    api = Api()
    api.digest_response = digest(sentences=[sentence("There are 2 documents.")], documents=[])
    page = press(page_of(api))
    assert texts(page.text) == "There are 2 documents."
    assert "Cited documents" not in [one.label for one in page.expander]


def test_stand_in_is_named():
    """It is no language model."""
    api = Api()
    api.digest_response = digest(written_by="model", model="echostream-draft-1", reason=None)
    captions = texts(press(page_of(api)).caption).replace("\\", "")
    assert "Written by echostream-draft-1. It is the sandbox's stand-in and no" in captions


@pytest.mark.parametrize(("key", "value"), [("filter.source", "shop"), ("themes.against", "week")])
def test_change_of_the_query_removes_the_digest(key, value):
    """The page says so, and asks for no other digest."""
    api = Api()
    page = press(page_of(api))
    page.selectbox(key=key).select(value).run()
    assert not page.text
    assert "belonged to other filters" in texts(page.caption)
    assert len(api.digest_calls) == 1
    assert "belonged" not in texts(press(page).caption)
    assert value in api.digest_calls[1].values()


def test_masking_removes_a_digest_with_unmasked_texts():
    """The next one is masked."""
    api = Api()
    page = press(page_of(api))
    page.checkbox(key="themes.mask").check().run()
    assert not page.text
    press(page)
    assert [one["mask"] for one in api.digest_calls] == [None, "true"]


def test_failed_digest_keeps_the_rest():
    """The last digest, and the themes, stay below the error."""
    api = Api()
    page = press(page_of(api))
    tables = len(page.dataframe)
    api.digest_response = ApiFailed(503, "oops", "HTTP 503: oops")
    press(page)
    assert "HTTP 503" in page.error[0].value
    assert "40.0% are about kettle." in texts(page.text)
    assert len(page.dataframe) == tables
    api.digest_response = digest()
    assert not press(page).error


def test_end_of_the_session_disables_the_button():
    """A later session shows no error of this one."""
    api = Api()
    page = page_of(api)
    api.digest_response = ApiFailed(401, "unauthorized", "HTTP 401")
    press(page)
    assert page.session_state[ENDED]
    assert next(one for one in page.button if one.label == "Write a digest").disabled
    del page.session_state[ENDED]
    assert not page.run().error


def test_texts_of_others_are_not_rendered(monkeypatch):
    """Sentences, documents, names of models, reasons and aspects: neither Markdown nor HTML."""
    select_first_rows(monkeypatch)
    api = Api()
    api.digest_response = digest(
        sentences=[sentence(HOSTILE, "d1")],
        documents=[document("d1", text=HOSTILE, author=HOSTILE, source=HOSTILE)],
        reason=HOSTILE,
    )
    hostile = [{"id": HOSTILE, "text": HOSTILE, "compound": 0.5}]
    api.aspects_response = aspects(aspect(HOSTILE, praise=hostile, criticism=hostile))
    page = press(page_of(api))
    rendered = "\n".join(texts(getattr(page, kind)) for kind in RENDERED)
    rendered = re.sub(r"\\.", "", rendered)  # without what is escaped
    assert all(part not in rendered for part in ("**bold", "<script", "[x](", "$a$", ":red["))
    assert page.text[0].value == HOSTILE
    api.digest_response = digest(written_by="model", model=HOSTILE, reason=None)
    assert "\\*\\*bold" in texts(press(page).caption)


def test_aspects_are_fetched_with_the_filters():
    """Once for each choice of filters; not for another comparison."""
    api = Api()
    page = page_of(api).run()
    assert len(api.aspects_calls) == 1
    page.selectbox(key="themes.against").select("week").run()
    assert len(api.aspects_calls) == 1
    page.selectbox(key="filter.source").select("shop").run()
    assert [one["source"] for one in api.aspects_calls] == [None, "shop"]
    assert "VADER" in texts(page.caption)


def test_selected_aspect_shows_both_sides(monkeypatch):
    """Sentences with the id of their document; a side without sentences says so."""
    select_first_rows(monkeypatch)
    api = Api()
    api.aspects_response = aspects(aspect("lid", criticised=0, criticism=[]))
    page = page_of(api)
    assert page.subheader[-1].value == "Sentences\\: lid"
    assert [one.value for one in page.text[-2:]] == [
        "I love the lid.",
        "Score of the clause +0.64, document id p1",
    ]
    assert "No document criticises it." in texts(page.caption)


def test_failed_aspects_keep_the_themes():
    """The error stands in their part only."""
    api = Api()
    api.aspects_response = ApiFailed(503, "oops", "HTTP 503: oops")
    page = page_of(api)
    assert "HTTP 503" in page.error[0].value
    assert page.header[-1].value == "Praised and criticised"
    assert page.dataframe[-1].value.iloc[:, 0].tolist() == ["tram"]
