"""Optional fields, empty words, attributes: what is wrong costs itself, not the row."""

import json

import pytest

from echostream_import.rows import FileError, Row
from tests.unit.echostream_import.rows_in_memory import convert, documents, plan_of, table


def field(name, value, column=None):
    [row] = convert([{"text": "Great", column or name: value}], **{name: column or name})
    return row.document.get(name), row.dropped


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("www.example.com/r/1", "https://www.example.com/r/1"),
        ("example.com/r/1", "https://example.com/r/1"),
        ("//example.com/x", "https://example.com/x"),
        ("https://example.com/3", "https://example.com/3"),
        ("HTTP://EXAMPLE.com", "HTTP://EXAMPLE.com"),
        ("n/a", None),
        ("", None),
    ],
)
def test_url(value, expected):
    """An address without a scheme gets https."""
    assert field("url", value) == (expected, ())


@pytest.mark.parametrize(
    "value", ["/r/x/comments/1/", "at://did/x", "readme.txt", "see below", "ftp://example.com"]
)
def test_url_that_is_none_is_dropped(value):
    """With the reason."""
    assert field("url", value) == (None, ("url: not an http or https address",))


def test_long_values_are_dropped():
    """An author is not cut: a cut name would be that of somebody else."""
    assert field("author", "n" * 257) == (None, ("author: longer than 256 characters",))
    assert field("author", "n" * 256) == ("n" * 256, ())
    assert field("channel", "n" * 129) == (None, ("channel: longer than 128 characters",))
    long_url = "https://example.com/" + "x" * 2048
    assert field("url", long_url) == (None, ("url: longer than 2,048 characters",))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("de", "de"),
        ("EN", "en"),
        ("de_DE", "de-DE"),
        ("fr-FR", "fr-FR"),
        ("pt-br", "pt-BR"),
        ("zh_Hans_CN", "zh-Hans-CN"),
        ("en_US.UTF-8", "en-US"),
        ("eng", "en"),
        ("iw", "he"),
        ("English", "en"),
        ("Portuguese", "pt"),
        ("french (Canada)", "fr"),
        ("Deutsch", "de"),
        ("Español", "es"),
        ("日本語", "ja"),
        ("brazilian", "pt-BR"),
        (["en", "de"], "en"),
    ],
)
def test_language(value, expected):
    """Tags, locales, and names of languages."""
    assert field("language", value) == (expected, ())


@pytest.mark.parametrize("value", ["und", "zxx", "xx", "foo", "not a language", "x" * 40, "-"])
def test_language_that_is_none(value):
    """A word that only looks like a tag is dropped, too."""
    found, dropped = field("language", value)
    assert found is None
    assert dropped == (() if value == "-" else ("language: not a language",))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"id": 1, "screen_name": "abc", "name": "A B"}, "abc"),
        ({"login": "octo", "id": 3}, "octo"),
        ({"displayName": "Bob"}, "Bob"),
        ({"name": {"label": "Bob"}}, "Bob"),
        ({"id": 7}, "7"),
        ("[deleted]", None),
        (None, None),
        (float("nan"), None),
        (42, "42"),
    ],
)
def test_author(value, expected):
    """The name in an object, the best first."""
    assert field("author", value) == (expected, ())


def test_object_without_a_name_is_dropped():
    """With the reason."""
    assert field("author", {"age": 3}) == (None, ("author: an object without a name",))


@pytest.mark.parametrize(
    "text",
    [
        "N/A",
        "n/a",
        "none",
        "None",
        "-",
        "NULL",
        "nan",
        "NaN",
        "#N/A",
        "NA",
        "[deleted]",
        "[removed]",
        "",
        "   ",
        "\u200b",
        "\ufeff \u2060",
        "—",
        None,
        float("nan"),
        [],
        {"label": ""},
    ],
)
def test_texts_that_mean_nothing(text):
    """They are no documents."""
    assert convert([{"text": text}, {"text": "fine"}])[0].reason == "no text"


@pytest.mark.parametrize("text", ["no", "No", "na", "0", "?", "😍", "nothing", "x", "null pointer"])
def test_short_answers_stay(text):
    """`no` is an answer."""
    assert documents([{"text": text}, {"text": "fine"}])[0]["text"] == text


def test_text_stays_as_it_was_written():
    """Markup, entities and invisible characters inside; spaces around it go."""
    text = "I don&#39;t <b>like</b>\u200b it\r\n\u202e\u0645\u0631"
    assert documents([{"text": f"  {text} \n"}])[0]["text"] == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ({"a": "b"}, "text: an object, not a text"),
        ("x\ud83d", "text: half of a surrogate pair at character 1"),
        ("ä" * 40_000, "text: 80,000 bytes of UTF-8, at most 65,536"),
    ],
)
def test_text_that_cannot_be_sent(text, reason):
    """The reason says why."""
    assert convert([{"text": text}, {"text": "fine"}])[0].reason == reason


def test_title_stands_before_the_text():
    """Once; alone if there is no text."""
    rows = table("title|text", "Nice|Good shop", "Good|Good shop", "Good sh…|Good shop", "Only|")
    assert [one["text"] for one in documents(rows)] == [
        "Nice\n\nGood shop",
        "Good shop",
        "Good shop",
        "Only",
    ]
    assert documents(rows[:1], title="none")[0]["text"] == "Good shop"


def test_title_that_names_a_product_is_none():
    """It repeats: it is an attribute."""
    rows = [{"title": "USB cable, 2 metres", "text": f"Review {place}"} for place in range(30)]
    assert "title" not in plan_of(rows).fields


def test_row_that_could_not_be_read_keeps_its_problem():
    """Its reason is that of the reader."""
    rows = [{"text": "fine"}, Row("reviews.csv", 3, {"text": "x"}, "3 fields, the header has 2")]
    plan = plan_of(rows[:1])
    assert [one.reason for one in plan.documents([rows[1]])] == ["3 fields, the header has 2"]


PRODUCTS = [
    {
        "text": f"Review number {place}",
        "country": "DE" if place % 2 else "FR",
        "version": 2.0,
        "verified": True,
        "order number": f"X{place}",
        "ip address": "1.2.3.4",
        "contact": "a@b.example",
        "Reply": "We are very sorry to hear that, please write to us, we will help you with this.",
        "changed": "2026-11-20",
        "empty": "",
        "page": "https://example.com/",
    }
    for place in range(20)
]


def test_short_columns_that_repeat_become_attributes():
    """No ids, dates, addresses, long texts or personal data."""
    attributes = documents(PRODUCTS)[0]["attributes"]
    assert attributes == {"country": "FR", "version": "2", "verified": "true"}


@pytest.mark.parametrize(
    "name", ["First Name", "phoneNumber", "IP", "zip_code", "E-Mail", "Street"]
)
def test_personal_data_is_no_attribute(name):
    """By its name; `Device Name` and `shipping` are none. The user can ask for it."""
    row = {"text": "Great", name: "x", "Device Name": "Pixel", "shipping": "slow"}
    assert documents([row])[0]["attributes"] == {"Device Name": "Pixel", "shipping": "slow"}
    assert documents([row], attributes=name)[0]["attributes"] == {name: "x"}


def test_attributes_of_the_user():
    """A list, all, or none."""
    [first, *_] = documents(PRODUCTS, attributes="order number, Country")
    assert first["attributes"] == {"order number": "X0", "country": "FR"}
    assert "attributes" not in documents(PRODUCTS, attributes="none")[0]
    assert "ip address" in documents(PRODUCTS, attributes="all")[0]["attributes"]


def test_attributes_are_bounded():
    """20 columns, 64 characters of a name, 256 of a value, 4,096 bytes in all."""
    wide = {f"c{place}": "x" for place in range(30)}
    plan = plan_of([{"text": "t", **wide}])
    assert len(plan.preview[0].document["attributes"]) == 20
    assert any("above the limit of 20" in note for note in plan.notes)
    row = {"text": "t", "n" * 70: "v", "long": "x" * 257}
    [found] = convert([row], attributes="all")
    assert found.document["attributes"] == {"n" * 64: "v"}
    assert found.dropped == ("long: longer than 256 characters",)
    heavy = {"text": "t", **{f"c{place}": "ä" * 250 for place in range(20)}}
    [found] = convert([heavy], attributes="all")
    kept = found.document["attributes"]
    assert len(json.dumps(kept, ensure_ascii=False).encode()) <= 4096
    assert len(kept) + len(found.dropped) == 20
    assert len(kept) == 8
    names = ",".join(f"c{place}" for place in range(30))
    with pytest.raises(FileError, match="ATTRIBUTES: 30 columns, at most 20"):
        plan_of([{"text": "t", **wide}], attributes=names)
