"""Files in the shapes that tools export, and the documents that people expect of them."""

from typing import Any

import pytest

from tests.unit.echostream_import.rows_in_memory import (
    convert,
    documents,
    plan_of,
    table,
    without_ids,
)

DAY = "2026-11-23T00:00:00Z"


def test_google_play_console():
    """Title before text, rating, language and link; a row without both texts is refused."""
    rows = table(
        "Package Name|App Version Name|Reviewer Language|Device|Review Submit Date and Time"
        "|Review Submit Millis Since Epoch|Review Last Update Date and Time|Star Rating"
        "|Review Title|Review Text|Developer Reply Text|Review Link",
        "com.example|2.1|en|Pixel8|2026-11-24T23:22:36Z|1795562556112|2026-11-25T20:00:00Z|5"
        "|Great|Love it||https://play.example/1",
        "com.example|2.1|pt_BR|Pixel8|2026-11-22T23:22:36Z|1795389756112|2026-11-25T20:00:00Z|4"
        "||Muito bom 😍||https://play.example/3",
        "com.example|2.1|en|Pixel8|2026-11-21T23:22:36Z|1795303356112|2026-11-25T20:00:00Z|2"
        "||||https://play.example/4",
    )
    first, second, third = convert(rows)
    assert first.document == {
        "text": "Great\n\nLove it",
        "id": first.document["id"],
        "source": "reviews",
        "created_at": "2026-11-24T23:22:36Z",
        "url": "https://play.example/1",
        "language": "en",
        "channel": "com.example",
        "rating": 5,
        "attributes": {"App Version Name": "2.1", "Device": "Pixel8"},
    }
    assert (second.document["text"], second.document["language"]) == ("Muito bom 😍", "pt-BR")
    assert (third.reason, third.document) == ("no text", {})


def test_amazon_2014():
    """Epoch seconds before the day in `reviewTime`; the summary is the title."""
    row = {
        "reviewerID": "A1",
        "asin": "B00",
        "reviewerName": "Pat",
        "helpful": [0, 1],
        "reviewText": "This works great.",
        "overall": 5.0,
        "summary": "Great",
        "unixReviewTime": 1795216956,
        "reviewTime": "11 20, 2026",
    }
    [document] = without_ids(documents([row]))
    assert document == {
        "text": "Great\n\nThis works great.",
        "created_at": "2026-11-20T23:22:36Z",
        "author": "Pat",
        "rating": 5,
        "attributes": {"asin": "B00", "helpful": "0, 1"},
    }
    del row["unixReviewTime"]
    assert documents([row])[0]["created_at"] == "2026-11-20T00:00:00Z"


def test_yelp():
    """`review_id` is scoped to the source; `stars` are the rating, `user_id` the author."""
    row = {
        "review_id": "KU_1",
        "user_id": "mh_1",
        "business_id": "XQ1",
        "stars": 3.0,
        "text": "It takes long.",
        "date": "2026-11-18 23:22:36",
    }
    assert documents([row], name="yelp") == [
        {
            "text": "It takes long.",
            "id": "yelp:KU_1",
            "source": "yelp",
            "created_at": "2026-11-18T23:22:36Z",
            "author": "mh_1",
            "rating": 3,
            "attributes": {"business_id": "XQ1"},
        }
    ]


def test_reddit():
    """`created_utc`, not `created`; a path is no address; removed comments are no documents."""
    row = {
        "author": "u1",
        "body": "Thanks. It has been fixed.",
        "created": 1795418556.5,
        "created_utc": 1795389756.5,
        "id": "du9",
        "permalink": "/r/x/comments/1/",
        "subreddit": "x",
        "score": 4,
    }
    first, second = convert([row, {**row, "id": "dua", "author": "[deleted]", "body": "[removed]"}])
    assert first.document == {
        "text": "Thanks. It has been fixed.",
        "id": "reviews:du9",
        "source": "reviews",
        "created_at": "2026-11-22T23:22:36.500000Z",
        "author": "u1",
        "channel": "x",
        "attributes": {"score": "4"},
    }
    assert first.dropped == ("url: not an http or https address",)
    assert second.reason == "no text"


def test_twitter():
    """`full_text`, `id_str` and the name in `user`; the client in `source` is not the source."""
    row = {
        "created_at": "Mon Nov 23 23:22:36 +0000 2026",
        "id": 1050118621198921728,
        "id_str": "1050118621198921728",
        "full_text": "I don&#39;t like this",
        "text": "I don&#39;t like",
        "source": '<a href="https://example.com">TweetDeck</a>',
        "user": {"id": 1, "screen_name": "abc", "description": "a person who writes texts"},
        "lang": "en",
    }
    expected = {
        "text": "I don&#39;t like this",
        "created_at": "2026-11-23T23:22:36Z",
        "author": "abc",
        "language": "en",
    }
    [document] = documents([row], name="tweets")
    assert without_ids([document]) == [expected]
    assert (document["id"], document["source"]) == ("tweets:1050118621198921728", "tweets")
    archived = documents([{"tweet": row}, {"tweet": {**row, "full_text": "Fine", "id_str": "2"}}])
    attributes = {"source": "TweetDeck"}
    assert without_ids(archived) == [
        {**expected, "attributes": attributes},
        {**expected, "text": "Fine", "attributes": attributes},
    ]


def test_youtube():
    """The text stays as sent, with its markup."""
    rows = table(
        "commentId|author|textDisplay|publishedAt|likeCount",
        "Ug1|@a|I don&#39;t like it<br>|2026-11-23T23:22:36Z|3",
    )
    assert documents(rows, name="c") == [
        {
            "text": "I don&#39;t like it<br>",
            "id": "c:Ug1",
            "source": "c",
            "created_at": "2026-11-23T23:22:36Z",
            "author": "@a",
            "attributes": {"likeCount": "3"},
        }
    ]


def test_survey_monkey():
    """Two header rows: the answer is the open-ended response; the comment is named in a note."""
    question = "What do you like, and why? - Open-Ended Response"
    header = f"Respondent ID|Collector ID|Start Date|End Date|IP Address|{question}|Other|Comment"
    rows = table(
        header,
        "1001|77|11/22/2026 11:20:00 PM|11/22/2026 11:22:36 PM|1.2.3.4|The staff was great||",
        "1003|77|11/22/2026 11:20:00 PM|11/22/2026 11:23:36 PM|1.2.3.5|Nothing||I hated the queue",
    )
    plan = plan_of(rows)
    assert plan.fields["text"] == question
    assert any("'Comment'" in note and "TEXT=" in note for note in plan.notes)
    assert documents(rows)[0] == {
        "text": "The staff was great",
        "id": "reviews:1001",
        "source": "reviews",
        "created_at": "2026-11-22T23:22:36Z",
        "attributes": {"Collector ID": "77"},
    }
    joined = documents(rows, text=f"{question}+Comment")
    assert [one["text"] for one in joined] == [
        "The staff was great",
        "Nothing\n\nI hated the queue",
    ]


def test_google_forms():
    """The one column of free text is the text; its time has a zone of its own."""
    question = "How was your visit, overall?"
    rows = table(
        f"Timestamp|Username|{question}",
        "2026/11/22 11:22:36 PM GMT+1|a@example.com|Great!",
        "2026/11/23 11:22:36 PM GMT+1|b@example.com|Awful queue",
    )
    assert plan_of(rows).fields["text"] == question
    assert without_ids(documents(rows)) == [
        {"text": "Great!", "created_at": "2026-11-22T22:22:36Z", "author": "a@example.com"},
        {"text": "Awful queue", "created_at": "2026-11-23T22:22:36Z", "author": "b@example.com"},
    ]


@pytest.mark.parametrize(
    "question", ["Was it worth the $ you paid?", 'What does "quality" mean?', "Comment `whoami`"]
)
def test_questions_with_odd_characters(question):
    """A question is found whatever its characters, and can be named."""
    rows = [{question: "Great value", "date": "2026-11-23"}]
    expected = [{"text": "Great value", "created_at": DAY}]
    assert without_ids(documents(rows)) == expected
    assert without_ids(documents(rows, text=question)) == expected


def test_decimal_commas_of_a_score():
    """4,5 is 4.5 stars."""
    rows = table("created_at|text|score", "2026-11-22|Great|4,5", "2026-11-23|Bad|2,0")
    assert [one["rating"] for one in documents(rows)] == [4.5, 2]


def test_sparse_json_lines():
    """A row brings its own fields; one without a date is of now, one without a text is refused."""
    rows = [
        {"text": "No date here, great"},
        {"text": "This was awful", "date": "2026-11-16", "author": "x"},
        {"rating": 5},
    ]
    first, second, third = convert(rows)
    assert "created_at" not in first.document
    assert first.dropped == ("created_at: empty, so it is now",)
    assert second.document["created_at"] == "2026-11-16T00:00:00Z"
    assert second.document["author"] == "x"
    assert third.reason == "no text"


def test_zendesk():
    """Subject and description; the channel is inside `via`."""
    row = {
        "id": 35436,
        "url": "https://company.zendesk.example/35436.json",
        "created_at": "2026-11-23T23:22:36Z",
        "subject": "Help",
        "description": "I am very angry.",
        "via": {"channel": "web"},
        "requester_id": 20978392,
    }
    assert documents([row], name="tickets") == [
        {
            "text": "Help\n\nI am very angry.",
            "id": "tickets:35436",
            "source": "tickets",
            "created_at": "2026-11-23T23:22:36Z",
            "author": "20978392",
            "url": "https://company.zendesk.example/35436.json",
            "channel": "web",
        }
    ]


def test_trustpilot():
    """A zone in the header counts; `Source Name` is no source."""
    rows = table(
        "Review Id|Review Created (UTC)|Review Consumer User Id|Review Title|Review Content"
        "|Review Stars|Source Name|Company Reply Date (UTC)",
        "6501|2026-11-23 23:22:36|u1|Nice|Lovely quick delivery|5|Organic|",
    )
    [document] = documents(rows, name="t", tz="Asia/Tokyo")
    assert document == {
        "text": "Nice\n\nLovely quick delivery",
        "id": "t:6501",
        "source": "t",
        "created_at": "2026-11-23T23:22:36Z",
        "author": "u1",
        "rating": 5,
        "attributes": {"Source Name": "Organic"},
    }


def test_sentiment140_without_header():
    """Known by its columns: id, date, author and text."""
    names = "|".join(f"column {place}" for place in range(1, 7))
    rows = table(
        names,
        "0|1467810369|Sun Nov 22 23:22:36 PDT 2026|NO_QUERY|user_a|my cat is sick",
        "4|1467810672|Mon Nov 23 23:22:36 PDT 2026|NO_QUERY|user_b|I love this place",
    )
    [first, second] = documents(rows, name="s")
    assert first["text"] == "my cat is sick"
    assert first["id"] == "s:1467810369"
    assert (first["created_at"], first["author"]) == ("2026-11-23T06:22:36Z", "user_a")
    assert second["text"] == "I love this place"


def test_headerless_file_by_its_values():
    """The column of dates is the time, the longest one the text."""
    rows = [{"column 1": "2026-11-23", "column 2": "A great place to eat", "column 3": "x"}]
    assert without_ids(documents(rows)) == [
        {"text": "A great place to eat", "created_at": DAY, "attributes": {"column 3": "x"}}
    ]


NESTED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "app store feed": (
        {
            "author": {"name": {"label": "Bob"}},
            "updated": {"label": "2026-11-20T10:00:00-07:00"},
            "im:rating": {"label": "5"},
            "id": {"label": "123"},
            "title": {"label": "Nice"},
            "content": {"label": "I love it", "attributes": {"type": "text"}},
        },
        {"text": "Nice\n\nI love it", "id": "reviews:123", "author": "Bob", "rating": 5},
        "2026-11-20T17:00:00Z",
    ),
    "app store connect": (
        {
            "type": "customerReviews",
            "id": "x1",
            "attributes": {
                "rating": 5,
                "title": "T",
                "body": "Good one",
                "reviewerNickname": "nick",
                "createdDate": "2026-11-20T10:00:00-07:00",
            },
        },
        {"text": "T\n\nGood one", "id": "reviews:x1", "author": "nick", "rating": 5},
        "2026-11-20T17:00:00Z",
    ),
    "google play api": (
        {
            "reviewId": "r",
            "authorName": "Bob",
            "comments": [
                {
                    "userComment": {
                        "text": "\tGood app",
                        "lastModified": {"seconds": "1795000000", "nanos": 0},
                        "starRating": 5,
                        "reviewerLanguage": "en",
                    }
                }
            ],
        },
        {"text": "Good app", "id": "reviews:r", "author": "Bob", "language": "en", "rating": 5},
        "2026-11-18T11:06:40Z",
    ),
    "google business": (
        {
            "reviewId": "r",
            "reviewer": {"displayName": "Bob"},
            "starRating": "FOUR",
            "comment": "Good",
            "createTime": "2026-11-20T10:00:00Z",
            "updateTime": "2026-11-21T10:00:00Z",
        },
        {"text": "Good", "id": "reviews:r", "author": "Bob", "rating": 4},
        "2026-11-20T10:00:00Z",
    ),
    "bluesky": (
        {
            "uri": "at://did/post/3k",
            "author": {"did": "did:plc:1", "handle": "a.example"},
            "record": {"text": "hello", "createdAt": "2026-11-20T10:00:00Z", "langs": ["en"]},
            "indexedAt": "2026-11-21T10:00:00Z",
        },
        {
            "text": "hello",
            "id": "reviews:at://did/post/3k",
            "author": "a.example",
            "language": "en",
        },
        "2026-11-20T10:00:00Z",
    ),
    "youtube api": (
        {
            "id": "c1",
            "snippet": {
                "topLevelComment": {
                    "snippet": {
                        "textDisplay": "I &amp; you",
                        "textOriginal": "I & you",
                        "authorDisplayName": "@x",
                        "publishedAt": "2026-11-20T10:00:00Z",
                    }
                }
            },
        },
        {"text": "I & you", "id": "reviews:c1", "author": "@x"},
        "2026-11-20T10:00:00Z",
    ),
    "intercom": (
        {
            "id": "c77",
            "created_at": 1795000000,
            "source": {"body": "<p>help</p>", "author": {"name": "Bob", "email": "b@x.example"}},
        },
        {"text": "<p>help</p>", "id": "reviews:c77", "author": "Bob"},
        "2026-11-18T11:06:40Z",
    ),
}


@pytest.mark.parametrize("name", NESTED)
def test_nested_json(name):
    """Fields inside objects that hold a row's own fields are found."""
    row, expected, created_at = NESTED[name]
    [document] = documents([row])
    document.pop("attributes", None)
    assert document == {"source": "reviews", "created_at": created_at, **expected}


FLAT: dict[str, tuple[str, str, dict[str, Any]]] = {
    "amazon tsv": (
        "customer_id|review_id|product_title|star_rating|review_headline|review_body|review_date",
        "9|R1|USB cable|5|Five Stars|Works great|2015-08-31",
        {"text": "Five Stars\n\nWorks great", "author": "9", "rating": 5},
    ),
    "airline tweets": (
        "tweet_id|airline_sentiment|airline|name|text|tweet_created",
        "57|neutral|Virgin|cairdin|What she said.|2015-08-31 00:00:00 +0000",
        {"text": "What she said.", "author": "cairdin"},
    ),
    "google play scraper": (
        "reviewId|userName|content|score|thumbsUpCount|at",
        "a|Bob|Great app!|5|0|2015-08-31 00:00:00",
        {"text": "Great app!", "author": "Bob", "rating": 5},
    ),
    "hotels": (
        "name|reviews.date|reviews.rating|reviews.text|reviews.username",
        "Hotel|2015-08-31T00:00:00Z|3|Nice room|Ann",
        {"text": "Nice room", "author": "Ann", "rating": 3},
    ),
    "german": (
        "Kommentar|Datum|Bewertung|Benutzer|Sprache",
        "Sehr gut|31.08.2015|4,5|Hans|Deutsch",
        {"text": "Sehr gut", "author": "Hans", "rating": 4.5, "language": "de"},
    ),
}


@pytest.mark.parametrize("name", FLAT)
def test_public_data_sets(name):
    """Names of columns in well-known data sets are found."""
    header, line, expected = FLAT[name]
    [document] = without_ids(documents(table(header, line)))
    document.pop("attributes", None)
    assert document == {"created_at": "2015-08-31T00:00:00Z", **expected}


def test_steam():
    """The author is an object; languages have Steam's own names."""
    row = {
        "recommendationid": "77",
        "author": {"steamid": "765", "num_games_owned": 3},
        "language": "schinese",
        "review": "好",
        "timestamp_created": 1795000000,
    }
    [document] = documents([row])
    assert (document["author"], document["language"]) == ("765", "zh-Hans")
