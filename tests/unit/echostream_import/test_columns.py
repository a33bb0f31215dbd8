"""Which column is which: names, values, and the user's options."""

import pytest

from echostream_import.rows import FileError, Row
from tests.unit.echostream_import.rows_in_memory import (
    MemoryFile,
    convert,
    documents,
    plan_of,
    table,
)


@pytest.mark.parametrize(
    "name",
    [
        "Review Text",
        "reviewText",
        "REVIEW_TEXT",
        "review-text",
        "Review  Text (required)",
        "textDisplay",
        "full_text",
        "body",
        "answer",
        "content",
        "comment",
        "description",
        "Review Content",
        "message",
    ],
)
def test_names_of_texts(name):
    """Without case, spaces and punctuation."""
    assert plan_of([{"when": "x", name: "Great stuff"}]).fields["text"] == name


@pytest.mark.parametrize(
    "name",
    [
        "publishedAt",
        "unixReviewTime",
        "created_utc",
        "Review Submit Date and Time",
        "Timestamp",
        "Start Date",
        "End Date",
        "Review Created (UTC)",
        "Date",
        "Datum",
        "tweet_created",
        "at",
    ],
)
def test_names_of_times(name):
    """Of tools and languages."""
    assert plan_of([{"text": "x", name: "1795511100"}]).fields["created_at"] == name


@pytest.mark.parametrize(
    ("field", "best", "other"),
    [
        ("created_at", "End Date", "Start Date"),
        ("created_at", "created_utc", "created"),
        ("text", "full_text", "text"),
        ("author", "reviewerName", "reviewerID"),
    ],
)
def test_best_name_wins_whatever_the_order(field, best, other):
    """Of two columns that fit."""
    value = "2026-11-24" if field == "created_at" else "abc"
    row = {"text": "x", "body": "y", other: value, best: value}
    assert plan_of([row]).fields[field] == best
    assert plan_of([dict(reversed(row.items()))]).fields[field] == best


def test_numbers_are_no_text():
    """`comments` can be their number."""
    rows = table("comments|What did you think?", "12|It was a good day", "7|It was bad")
    assert plan_of(rows).fields["text"] == "What did you think?"


def test_weak_names_need_fitting_values():
    """`time` can be a duration; it is a time if its values are."""
    assert "created_at" not in plan_of([{"text": "x", "time": "12"}]).fields
    assert plan_of([{"text": "x", "time": 1795511100}]).fields["created_at"] == "time"


def test_file_without_a_time_says_so():
    """And names a column that looks like one; it is no question."""
    plan = plan_of([{"text": "x", "bought": "2026-11-20"}])
    assert plan.questions == ()
    assert (
        "No column is the time of a text: all are of now; CREATED_AT='bought' takes the dates of"
        " that column." in plan.notes
    )


def test_two_answers_are_a_question_of_the_user():
    """The error lists them, and says how to join them."""
    rows = table(
        "What did you like?|What not?", "The food was nice|The queue", "The food|A long queue"
    )
    with pytest.raises(FileError) as error:
        plan_of(rows)
    assert str(error.value) == (
        "TEXT: several columns have texts, and no name says which is meant: 'What did you like?',"
        " 'What not?'. TEXT='What did you like?' takes one;"
        " TEXT='What did you like?+What not?' joins two of them."
    )
    assert documents(rows, text="What did you like?+What not?")[0]["text"] == (
        "The food was nice\n\nThe queue"
    )


def test_plus_in_a_name_is_no_join():
    """A column with that name comes first."""
    rows = [{"pros+cons": "Good", "pros": "a", "cons": "b"}]
    assert documents(rows, text="pros+cons")[0]["text"] == "Good"


def test_file_without_a_text():
    """The error lists the columns."""
    with pytest.raises(FileError, match=r"TEXT: no column has a name such as .* one of: 'a', 'b'"):
        plan_of([{"a": "1", "b": "2"}])


@pytest.mark.parametrize("option", ["id", "created_at", "author", "url", "language", "rating"])
def test_option_that_names_no_column(option):
    """The error names the option and the columns."""
    with pytest.raises(FileError, match=f"{option.upper()}: no column is named 'nr'; .*'text'"):
        plan_of([{"text": "x"}], **{option: "nr"})
    assert option not in plan_of([{"text": "x"}], **{option: "none"}).fields


def test_options_name_columns_exactly_or_without_case():
    """Also inside objects."""
    rows = [{"A": "x1", "a": "x2", "user": {"lang": "en"}}]
    assert documents(rows, text="a")[0]["text"] == "x2"
    assert (
        documents([{"My Text": "x", "user": {"lang": "en"}}], text="my text", language="user.lang")[
            0
        ]["language"]
        == "en"
    )


def test_source():
    """A column with few names, a constant of the user, or else the file's name without `(1)`."""
    rows = [{"text": "x", "source": "shop"}, {"text": "y", "source": ""}]
    assert [one["source"] for one in documents(rows, name="reviews (1)")] == ["shop", "reviews"]
    assert [one["source"] for one in documents(rows, source="mine")] == ["mine", "mine"]
    named = [{"text": "x", "shop": "a"}]
    assert documents(named, source="Shop")[0]["source"] == "a"
    many = [{"text": f"x{place}", "source": f"s{place}"} for place in range(30)]
    assert "source" not in plan_of(many).fields
    with pytest.raises(FileError, match="SOURCE: longer than 128 characters"):
        plan_of(named, source="x" * 129)


def test_json_rows_bring_other_columns():
    """A row is read by its own names, after the sample too; the cells of a table are not."""
    rows = [{"full_text": "a", "created_at": "2026-11-20"}, {"text": "b", "date": "2026-11-21"}]
    assert [(one["text"], one["created_at"][:10]) for one in documents(rows)] == [
        ("a", "2026-11-20"),
        ("b", "2026-11-21"),
    ]
    plan = plan_of([{"text": "a"}])
    [late] = plan.documents([Row("x.jsonl", 9, {"body": "c", "date": "2026-11-20", "user": "u"})])
    assert late.document["text"] == "c"
    assert (late.document["created_at"][:10], late.document["author"]) == ("2026-11-20", "u")
    cells = table("Review Text|Comment", "Good|", "|of the shop")
    assert [one.reason for one in convert(cells)] == ["", "no text"]


def test_guess_that_was_not_taken_is_not_taken_row_by_row():
    """An id that only numbers the rows stays none."""
    rows = [{"id": str(place), "text": f"t{place}"} for place in range(1, 4)]
    assert all(len(one["id"]) == 32 for one in documents(rows))


def test_file_without_rows():
    """Columns are found by name; a file without columns is an error."""
    plan = plan_of([], columns=["Review Text", "Date"])
    assert plan.fields == {"text": "Review Text", "created_at": "Date"}
    with pytest.raises(FileError, match="FILE: no row that can be read"):
        plan_of([])


def test_preview_has_the_first_three_rows():
    """As they will be sent."""
    rows = [{"text": f"t{place}"} for place in range(5)]
    plan = plan_of(rows)
    assert [one.document for one in plan.preview] == documents(rows)[:3]


def test_documents_are_the_same_each_time():
    """Each pass over all rows begins anew; rows are converted as they are asked for."""
    rows = [{"text": "same"}] * 5
    file = MemoryFile(rows)
    plan = plan_of(rows)
    first = list(plan.documents(file.rows()))
    assert list(plan.documents(file.rows())) == first
    lazy = plan.documents(file.rows())
    assert [next(lazy) for _ in range(5)] == first
