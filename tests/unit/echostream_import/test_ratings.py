"""Ratings of any scale, as stars."""

import math

import pytest

from echostream_import.documents.ratings import rated, settle
from echostream_import.rows import FileError
from tests.unit.echostream_import.rows_in_memory import convert, documents, plan_of


def stars(*values, header="", is_weak=False):
    reader = settle(values, header, is_weak)
    return reader and [reader.read(value) for value in values]


def settled(values):
    """The reader of a column that is named `rating`."""
    reader = settle(values, "rating", False)
    assert reader
    return reader


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (4, (4, 0)),
        (4.5, (4.5, 0)),
        ("4", (4, 0)),
        ("4,5", (4.5, 0)),
        ("4/5", (4, 5)),
        ("8 / 10", (8, 10)),
        ("4 out of 5 stars", (4, 5)),
        ("Rated 4.0 out of 5", (4, 5)),
        ("4 von 5", (4, 5)),
        ("5 stars", (5, 5)),
        ("1 Stern", (1, 5)),
        ("★★★★☆", (4, 5)),
        ("⭐️⭐️⭐️", (3, 5)),
        ("FOUR", (4, 5)),
        ("five stars", (5, 5)),
        ("80%", (80, 100)),
        ("4 - Good", (4, 0)),
        ("3 (average)", (3, 0)),
        ({"label": "5"}, (5, 0)),
    ],
)
def test_spelling(value, expected):
    """The number, and the best possible one if it is named."""
    found = rated(value)
    assert found
    assert (found.number, found.best) == expected


@pytest.mark.parametrize(
    "value",
    [
        "Very satisfied",
        "yes",
        "",
        "PG-13",
        "2026-11-24",
        "4/0",
        True,
        None,
        math.nan,
        [4],
    ],
)
def test_no_rating(value):
    """Nothing is guessed from words."""
    assert rated(value) is None


def test_number_without_end_is_no_rating():
    """It is longer than Python writes."""
    assert rated(10**5000) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2.5, 5], [1, 2.5, 5]),
        ([3, 3], [3, 3]),
        ([0, 5, 10], [1, 3, 5]),
        ([1, 5.5, 10], [1, 3, 5]),
        ([0, 50, 100], [1, 3, 5]),
        ([20, 100], [1.8, 5]),
        ([0.5, 5], [1, 5]),
        (["1/10", "10/10"], [1, 5]),
        (["0/10", "5/10"], [1, 3]),
        (["1/5", "★★☆☆☆"], [1, 2]),
        (["0%", "100%"], [1, 5]),
        ([*[1, 4, 7] * 20], [1, 3, 5] * 20),
    ],
)
def test_scale_is_that_of_the_whole_column(values, expected):
    """The shortest usual scale that has all values."""
    assert stars(*values) == expected


def test_range_in_the_header_is_the_scale():
    """Of a question of a survey."""
    assert stars(9, header="How likely (0-10)") == [4.6]


def test_slip_of_the_keyboard_does_not_change_the_scale():
    """55 among hundreds of stars is dropped."""
    values = [1, 2, 3, 4, 5] * 40
    reader = settled([*values, 55])
    assert [reader.read(value) for value in values] == values
    with pytest.raises(ValueError, match="not on the scale of 1 to 5"):
        reader.read(55)


def test_zero_of_five_is_no_rating():
    """Tools write it for none."""
    reader = settled([0, 5, 4])
    assert reader.read(4) == 4
    with pytest.raises(ValueError, match="0 of 5 is no rating"):
        reader.read(0)


@pytest.mark.parametrize(
    "values", [[3, -2, 1], [3, "many"], [0, 1, 1], [1, 2, 57], [2, 14, 0, 250]]
)
def test_votes_are_no_ratings(values):
    """A column such as `score` must have nothing but ratings of one scale."""
    assert stars(*values, is_weak=True) is None


def test_score_of_a_file_that_counts_votes_is_no_rating():
    """Of Reddit, however low the scores are."""
    rows = [
        {"text": "x", "score": 3, "subreddit": "a"},
        {"text": "y", "score": 4, "subreddit": "a"},
    ]
    assert "rating" not in plan_of(rows).fields
    assert documents([{"text": "x", "score": 3}])[0]["rating"] == 3
    assert documents(rows, rating="score")[0]["rating"] == 3


def test_value_that_is_no_rating_is_dropped():
    """And counted; an empty one is not."""
    rows = [{"text": "x", "stars": value} for value in ("5", "4", "great", "", "N/A")]
    found = convert(rows)
    assert [one.dropped for one in found] == [(), (), ("rating: 'great' is not a rating",), (), ()]
    assert [one.document.get("rating") for one in found] == [5, 4, None, None, None]


def test_note_says_the_scale():
    """Converted or not."""
    assert "Ratings in 'stars' are 1 to 5." in plan_of([{"text": "x", "stars": "5"}]).notes
    [note] = [
        one for one in plan_of([{"text": "x", "nps": n} for n in (0, 9)]).notes if "nps" in one
    ]
    assert note == "Ratings in 'nps' are 0 to 10; they are converted to 1 to 5."


def test_column_that_the_user_names_must_have_ratings():
    """The error names the option."""
    with pytest.raises(FileError, match="RATING: the values of 'mood' are not ratings"):
        plan_of([{"text": "x", "mood": "happy"}], rating="mood")
