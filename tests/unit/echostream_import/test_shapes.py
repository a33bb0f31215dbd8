"""Files in the shapes that tools export, from their bytes to the documents that are sent."""

import gzip
import io
import json
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from echostream_import.documents.plan import Options, make_plan
from echostream_import.reading.opening import open_rows
from echostream_import.rows import FileError

NOW = datetime(2026, 11, 25, 23, 22, 36, tzinfo=UTC)
DAY_23 = "2026-11-23T00:00:00Z"


@dataclass
class Shape:
    """A file, and fields of the documents that it must give, in order.

    `refused` is the number of the other rows; `options` are those of the command.
    """

    name: str
    content: bytes | str
    documents: list[dict[str, Any]]
    refused: int = 0
    options: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        return self.content.encode() if isinstance(self.content, str) else self.content


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def archive(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, text in members.items():
            target.writestr(name.replace("__", "."), text)
    return out.getvalue()


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def texts(*values: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"text": value, **fields} for value in values]


GOOGLE_PLAY = (
    "Package Name,App Version Name,Reviewer Language,Device,Review Submit Date and Time,"
    "Review Submit Millis Since Epoch,Review Last Update Date and Time,Star Rating,Review Title,"
    "Review Text,Developer Reply Date and Time,Developer Reply Text,Review Link\n"
    "com.example.app,2.1,en,Pixel8,2026-11-24T23:22:36Z,1795562556112,2026-11-24T23:22:36Z,5,Great,"
    '"Love it, works perfectly",,,https://play.example.com/x?reviewId=1\n'
    "com.example.app,2.1,de,Pixel8,2026-11-23T23:22:36Z,1795476156112,2026-11-23T23:22:36Z,1,,"
    '"Die App stürzt ständig ab, schrecklich",,,https://play.example.com/x?reviewId=2\n'
    "com.example.app,2.1,pt_BR,Pixel8,2026-11-22T23:22:36Z,1795389756112,2026-11-22T23:22:36Z,4,,"
    "Muito bom 😍,,,https://play.example.com/x?reviewId=3\n"
    "com.example.app,2.1,en,Pixel8,2026-11-21T23:22:36Z,1795303356112,2026-11-21T23:22:36Z,2,,"
    ",,,https://play.example.com/x?reviewId=4\n"
)
GOOGLE_PLAY_DOCUMENTS: list[dict[str, Any]] = [
    {
        "text": "Great\n\nLove it, works perfectly",
        "created_at": "2026-11-24T23:22:36Z",
        "rating": 5,
        "language": "en",
        "url": "https://play.example.com/x?reviewId=1",
    },
    {"text": "Die App stürzt ständig ab, schrecklich", "rating": 1, "language": "de"},
    {"text": "Muito bom 😍", "language": "pt-BR"},
]
AMAZON = [
    {
        "reviewerID": "A1",
        "asin": "B00",
        "reviewerName": "Pat",
        "helpful": [0, 1],
        "reviewText": "This works great, I love it.",
        "overall": 5.0,
        "summary": "Great",
        "unixReviewTime": 1795216956,
        "reviewTime": "11 20, 2026",
    },
    {
        "reviewerID": "A2",
        "asin": "B00",
        "reviewerName": "Lee",
        "helpful": [2, 2],
        "reviewText": "Terrible. Broke after a day.",
        "overall": 1.0,
        "summary": "Bad",
        "unixReviewTime": 1795130556,
        "reviewTime": "11 19, 2026",
    },
]
AMAZON_DOCUMENTS: list[dict[str, Any]] = [
    {
        "text": "Great\n\nThis works great, I love it.",
        "created_at": "2026-11-20T23:22:36Z",
        "author": "Pat",
        "rating": 5,
    },
    {"text": "Bad\n\nTerrible. Broke after a day.", "author": "Lee", "rating": 1},
]
TWEET = {
    "created_at": "Mon Nov 23 23:22:36 +0000 2026",
    "id": 1050118621198921728,
    "id_str": "1050118621198921728",
    "full_text": "I don&#39;t like this at all",
    "source": '<a href="https://about.example.com" rel="nofollow">TweetDeck</a>',
    "user": {"id": 1, "screen_name": "abc", "description": "x" * 300},
    "lang": "en",
}
TWEET_DOCUMENT = {
    "text": "I don&#39;t like this at all",
    "created_at": "2026-11-23T23:22:36Z",
    "author": "abc",
    "language": "en",
}
MIXED_DATES = {
    "2026/11/23": "2026-11-23T00:00:00Z",
    "24.11.2026": "2026-11-24T00:00:00Z",
    "11/24/2026": "2026-11-24T00:00:00Z",
    "24 Nov 2026": "2026-11-24T00:00:00Z",
    "Nov 24, 2026": "2026-11-24T00:00:00Z",
    "2026-11-24 9:05": "2026-11-24T09:05:00Z",
    "2026-11-24T09:05:00 UTC": "2026-11-24T09:05:00Z",
    "Tue, 24 Nov 2026 09:05:00 +0000": "2026-11-24T09:05:00Z",
    "2026-11-24 09:05:00 +01:00": "2026-11-24T08:05:00Z",
    "2026-11-24T09:05:00.000+0000": "2026-11-24T09:05:00Z",
    "2026-W47": "2026-11-16T00:00:00Z",
    "2026-11": "2026-11-01T00:00:00Z",
    "1795000000": "2026-11-18T11:06:40Z",
    "1795000000000": "2026-11-18T11:06:40Z",
    "2026-11-24 09:05 PM": "2026-11-24T21:05:00Z",
}

SHAPES = [
    Shape(
        "My Reviews (1).csv",
        "text,date\nThe café is great \u2013 \u201creally\u201d,2026-11-23\n".encode("cp1252"),
        [
            {
                "text": "The café is great \u2013 \u201creally\u201d",
                "created_at": DAY_23,
                "source": "My Reviews",
            }
        ],
    ),
    Shape(
        "sentiment140.csv",
        '"0","1467810369","Sun Nov 22 23:22:36 PDT 2026","NO_QUERY","user_a","my cat is sick"\n'
        '"4","1467810672","Mon Nov 23 23:22:36 PDT 2026","NO_QUERY","user_b","best café!"\n'.encode(
            "cp1252"
        ),
        [
            {
                "text": "my cat is sick",
                "author": "user_a",
                "created_at": "2026-11-23T06:22:36Z",
                "id": "sentiment140:1467810369",
            },
            {"text": "best café!", "author": "user_b"},
        ],
    ),
    Shape("play.csv", GOOGLE_PLAY.encode("utf-16"), GOOGLE_PLAY_DOCUMENTS, refused=1),
    Shape("play8.csv", GOOGLE_PLAY, GOOGLE_PLAY_DOCUMENTS, refused=1),
    Shape(
        "tabs.txt",
        "text\tdate\nGreat, really\t2026-11-23\n".encode("utf-16-le"),
        texts("Great, really", created_at=DAY_23),
    ),
    Shape("amazon.json", lines(*AMAZON), AMAZON_DOCUMENTS),
    Shape("amazon.jsonl", lines(*AMAZON), AMAZON_DOCUMENTS),
    Shape(
        "yelp_academic_dataset_review.json",
        lines(
            {
                "review_id": "KU_1",
                "user_id": "mh_1",
                "stars": 3.0,
                "useful": 0,
                "text": "It takes long.\n\nGood food though.",
                "date": "2026-11-18 23:22:36",
            }
        ),
        [
            {
                "text": "It takes long.\n\nGood food though.",
                "rating": 3,
                "created_at": "2026-11-18T23:22:36Z",
                "author": "mh_1",
                "id": "yelp_academic_dataset_review:KU_1",
            }
        ],
    ),
    Shape(
        "reddit.jsonl",
        lines(
            {
                "author": "u1",
                "body": "Thanks. It has been fixed.",
                "created": 1795418556.112155,
                "created_utc": 1795389756.112155,
                "id": "du9fs5t",
                "permalink": "/r/x/comments/1/",
                "subreddit": "x",
            },
            {
                "author": "[deleted]",
                "body": "[removed]",
                "created_utc": 1795389756.112155,
                "id": "du9fs5u",
                "subreddit": "x",
            },
        ),
        [
            {
                "text": "Thanks. It has been fixed.",
                "created_at": "2026-11-22T23:22:36.112155Z",
                "author": "u1",
                "channel": "x",
                "url": None,
            }
        ],
        refused=1,
    ),
    Shape("twitter.jsonl", lines(TWEET), [TWEET_DOCUMENT]),
    Shape(
        "tweets.js",
        "window.YTD.tweets.part0 = " + json.dumps([{"tweet": TWEET}]),
        [TWEET_DOCUMENT],
    ),
    Shape(
        "youtube.csv",
        "commentId,author,textDisplay,publishedAt,likeCount\n"
        'Ug1,@a,"I don&#39;t like this<br>It&#39;s bad",2026-11-23T23:22:36Z,3\n',
        [
            {
                "text": "I don&#39;t like this<br>It&#39;s bad",
                "author": "@a",
                "created_at": "2026-11-23T23:22:36Z",
                "id": "youtube:Ug1",
                "rating": None,
            }
        ],
    ),
    Shape(
        "surveymonkey.csv",
        'Respondent ID,Start Date,End Date,IP Address,"What do you like, and why?",,\n'
        ",,,,Open-Ended Response,Other,Comment\n"
        "1001,11/22/2026 11:22:36 PM,11/22/2026 11:25:36 PM,192.0.2.4,The staff was great,,\n"
        "1002,11/22/2026 11:22:36 PM,11/22/2026 11:24:36 PM,192.0.2.5,Nothing,,I hated it\n",
        [
            {"text": "The staff was great", "created_at": "2026-11-22T23:25:36Z"},
            {"text": "Nothing", "created_at": "2026-11-22T23:24:36Z"},
        ],
        options={"text": "What do you like, and why? - Open-Ended Response"},
    ),
    Shape(
        "googleforms.csv",
        'Timestamp,Username,"How was your visit, overall?"\n'
        '"2026/11/22 11:22:36 PM GMT+1",a@example.com,Great!\n'
        '"2026/11/23 11:22:36 PM GMT+1",b@example.com,Awful queue\n',
        [
            {"text": "Great!", "created_at": "2026-11-22T22:22:36Z"},
            {"text": "Awful queue", "created_at": "2026-11-23T22:22:36Z"},
        ],
    ),
    Shape(
        "semicolon.csv",
        "created_at;text;score\n2026-11-22;Great, really great, thanks, all;4,5\n"
        "2026-11-23;Bad;2,0\n",
        [
            {"text": "Great, really great, thanks, all", "created_at": "2026-11-22T00:00:00Z"},
            {"text": "Bad", "created_at": DAY_23},
        ],
    ),
    Shape(
        "sep.csv",
        "sep=;\r\ntext;date\r\nGreat;2026-11-23\r\n",
        texts("Great", created_at=DAY_23),
    ),
    Shape(
        "backslash.csv",
        'id,text,date\nq1,"Great",2026-11-22\nq2,"He said \\"never again\\" to me",2026-11-22\n'
        'q3,"Loved it",2026-11-22\n',
        texts("Great", 'He said "never again" to me', "Loved it"),
    ),
    Shape(
        "sparse.jsonl",
        lines(
            {"text": "No date here, great"},
            {"text": "This was awful", "date": "2026-11-16", "author": "x"},
        ),
        [
            {"text": "No date here, great"},
            {"text": "This was awful", "created_at": "2026-11-16T00:00:00Z", "author": "x"},
        ],
    ),
    Shape(
        "sparse-text.jsonl",
        lines({"rating": 5}, {"rating": 1, "text": "This was awful", "date": "2026-11-16"}),
        [{"text": "This was awful", "created_at": "2026-11-16T00:00:00Z", "rating": 1}],
        refused=1,
    ),
    Shape(
        "language.csv",
        "text,language,date\nDie App ist wunderbar,de,2026-11-23\nGreat app,English,2026-11-23\n"
        "Muito bom,Portuguese,2026-11-23\nSehr gut,de_DE,2026-11-23\n"
        "Tout va bien,fr-FR,2026-11-23\n",
        [{"language": name} for name in ("de", "en", "pt", "de-DE", "fr-FR")],
    ),
    Shape(
        "url.csv",
        "text,date,link\nGreat,2026-11-23,www.example.com/r/1\nAwful,2026-11-23,n/a\n"
        "Fine,2026-11-23,https://example.com/3\n",
        [
            {"url": "https://www.example.com/r/1"},
            {"text": "Awful", "url": None},
            {"url": "https://example.com/3"},
        ],
    ),
    Shape(
        "odd.csv",
        'text,date,author\n"line one\r\nline two is great",2026-11-23,A\n'
        '"nul\0inside is bad",2026-11-23,B\n"👩‍👩‍👧‍👦 love 👍🏽",2026-11-23,C\n',
        [
            {"text": "line one\r\nline two is great", "author": "A"},
            {"author": "B"},
            {"text": "👩‍👩‍👧‍👦 love 👍🏽", "author": "C"},
        ],
    ),
    Shape(
        "reviews.xlsx",
        workbook(("Review", "Date", "Stars"), ("Great", datetime(2026, 11, 23), 5)),
        [{"text": "Great", "created_at": DAY_23, "rating": 5}],
    ),
    Shape(
        "trailing.csv",
        "text,date,,\nGreat,2026-11-23,,\nBad,2026-11-23,,\n,,,\n,,,\n",
        texts("Great", "Bad", created_at=DAY_23),
    ),
    Shape(
        "east.csv",
        "text,date\nGreat morning,2026-11-26\nBad one,2026-11-26 08:22:36\n",
        [
            {"text": "Great morning", "created_at": "2026-11-25T15:00:00Z"},
            {"text": "Bad one", "created_at": "2026-11-25T23:22:36Z"},
        ],
        options={"tz": "Asia/Tokyo"},
    ),
    Shape(
        "old.csv",
        "text,date,author\nGreat product,2024-05-01,a\nOk,2018-03-04,c\n",
        [{"created_at": "2024-05-01T00:00:00Z"}, {"created_at": "2018-03-04T00:00:00Z"}],
    ),
    Shape(
        "array.json",
        json.dumps([{"text": "Great", "date": "2026-11-23"}, {"text": "Bad"}], indent=1),
        texts("Great", "Bad"),
    ),
    Shape(
        "reviews.csv.gz",
        gzip.compress(b"text,date\nGreat,2026-11-23\n"),
        texts("Great", created_at=DAY_23, source="reviews"),
    ),
    Shape(
        "export.zip",
        archive(a__csv="text,date\nGreat,2026-11-23\n", b__jsonl='{"text": "Bad"}\n'),
        texts("Great", "Bad"),
    ),
    Shape(
        "zendesk.jsonl",
        lines(
            {
                "id": 35436,
                "url": "https://company.example.com/api/v2/tickets/35436.json",
                "created_at": "2026-11-23T23:22:36Z",
                "subject": "Help",
                "description": "I am very angry.",
                "via": {"channel": "web"},
                "requester_id": 20978392,
            }
        ),
        [
            {
                "text": "Help\n\nI am very angry.",
                "created_at": "2026-11-23T23:22:36Z",
                "id": "zendesk:35436",
            }
        ],
    ),
    Shape(
        "zones.csv",
        "text,created_at\nA,2026-11-19T23:30:00-05:00\nB,2026-11-19T00:30:00+09:00\n"
        "C,2026-11-19 23:59:59.999999\n",
        [
            {"created_at": "2026-11-20T04:30:00Z"},
            {"created_at": "2026-11-18T15:30:00Z"},
            {"created_at": "2026-11-19T23:59:59.999999Z"},
        ],
    ),
    Shape(
        "trustpilot.csv",
        "Review Id,Review Created (UTC),Review Consumer User Id,Review Title,Review Content,"
        "Review Stars,Source Name,Company Reply Date (UTC)\n"
        "6501,2026-11-23 23:22:36,u1,Nice,Lovely quick delivery,5,Organic,\n",
        [
            {
                "text": "Nice\n\nLovely quick delivery",
                "created_at": "2026-11-23T23:22:36Z",
                "author": "u1",
                "rating": 5,
            }
        ],
    ),
    Shape(
        "na.csv",
        "comment,date\nN/A,2026-11-23\n-,2026-11-23\nNULL,2026-11-23\nnan,2026-11-23\n"
        "no,2026-11-23\nNo,2026-11-23\n",
        texts("no", "No"),
        refused=4,
    ),
    Shape(
        "bad-at-3.csv",
        "id,text,date\n"
        + "".join(f'z{n},"5"" screen {n} great",2026-11-23\n' for n in range(1, 3))
        + 'z3,"5\\" screen",2026-11-23\n'
        + "".join(f'z{n},"5"" screen {n} great",2026-11-23\n' for n in range(4, 200)),
        [{"text": '5" screen 1 great'}, {"text": '5" screen 2 great'}]
        + [{"text": '5" screen'}]
        + [{"text": f'5" screen {n} great'} for n in range(4, 200)],
    ),
    Shape(
        "nan.jsonl",
        '{"text": NaN, "date": "2026-11-23", "author": NaN}\n'
        '{"text": "great", "date": NaN, "author": NaN}\n'
        '{"text": "awful", "date": null, "author": NaN}\n',
        [{"text": "great", "author": None}, {"text": "awful"}],
        refused=1,
    ),
    Shape("cr.csv", "text,date\rGreat,2026-11-23\rBad,2026-11-23\r", texts("Great", "Bad")),
    Shape(
        "author.csv",
        f"text,date,author\nGreat,2026-11-23,{'n' * 300}\nBad,2026-11-23,ann\n",
        [{"text": "Great"}, {"text": "Bad", "author": "ann"}],
    ),
    Shape(
        "line.csv",
        "line,text,date\n7,Great,yesterday\n",
        [],
        refused=1,
    ),
    Shape(
        "dates.csv",
        "text,date\n"
        + "".join(f'doc {n} good,"{one}"\n' for n, one in enumerate(MIXED_DATES))
        + 'last,"2026-11-24x09:05"\n',
        [{"created_at": moment} for moment in MIXED_DATES.values()],
        refused=1,
    ),
    Shape(
        "bom.csv",
        '\ufeff"\u00a0Text\u00a0";Date\r\n"Great";2026-11-23\r\n',
        texts("Great", created_at=DAY_23),
    ),
    Shape(
        "dollar.csv",
        '"Was it worth the $ you paid?",date\nGreat value,2026-11-23\n',
        texts("Great value"),
    ),
    Shape(
        "quote.csv",
        '"What does ""quality"" mean to you?",date\nGreat stuff,2026-11-23\n',
        texts("Great stuff"),
    ),
    Shape("tick.csv", '"Comment `whoami`",date\nGreat stuff,2026-11-23\n', texts("Great stuff")),
    Shape(
        "takeout.json",
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {
                            "date": "2026-11-23T23:22:36Z",
                            "five_star_rating_published": 4,
                            "location": {"address": "Berlin", "name": "Cafe"},
                            "review_text_published": "Very nice cafe, friendly people",
                        },
                    }
                ],
            }
        ),
        [{"text": "Very nice cafe, friendly people", "rating": 4}],
    ),
    Shape(
        "debezium.jsonl",
        lines(
            {"op": "c", "ts_ms": 1795000000000, "after": {"body": "Great", "created_at": "2026-11"}}
        ),
        texts("Great", created_at="2026-11-01T00:00:00Z"),
    ),
    Shape(
        "tripadvisor.jsonl",
        lines(
            {
                "ratings": {"service": 5.0, "value": 1.0, "rooms": 5.0, "overall": 4.0},
                "text": "Stayed for a night",
            }
        ),
        [{"rating": 4, "attributes": None}],
    ),
    Shape(
        "telegram.json",
        json.dumps(
            {
                "messages": [
                    {"date": "2026-11-23T09:00:00", "date_unixtime": "1795000000", "text": "Fine"},
                    {
                        "date": "2026-11-23T09:00:00",
                        "date_unixtime": "1795000001",
                        "text": ["See ", {"type": "link", "text": "x.example"}, ", it is bad"],
                    },
                ]
            }
        ),
        [
            {"text": "Fine", "created_at": "2026-11-18T11:06:40Z"},
            {"text": "See x.example, it is bad", "created_at": "2026-11-18T11:06:41Z"},
        ],
    ),
    Shape(
        "facebook.json",
        json.dumps(
            [
                {
                    "timestamp": 1795000000,
                    "data": [{"comment": {"comment": "So nice", "author": "Ann"}}],
                    "title": "Ann commented on a photo.",
                }
            ]
        ),
        [{"text": "So nice", "author": "Ann", "created_at": "2026-11-18T11:06:40Z"}],
    ),
    Shape(
        "dynamodb.json",
        lines(
            {
                "Item": {
                    "id": {"S": "r1"},
                    "text": {"S": "Great one"},
                    "stars": {"N": "5"},
                    "date": {"N": "1795000000"},
                    "verified": {"BOOL": True},
                }
            }
        ),
        [
            {
                "text": "Great one",
                "id": "dynamodb:r1",
                "rating": 5,
                "created_at": "2026-11-18T11:06:40Z",
                "attributes": {"verified": "true"},
            }
        ],
    ),
    Shape(
        "slack.json",
        json.dumps(
            [{"client_msg_id": "aa-1", "text": "Great", "user": "U1", "ts": "1795000000.1"}]
        ),
        [{"id": "slack:aa-1", "author": "U1", "created_at": "2026-11-18T11:06:40.1Z"}],
    ),
    Shape(
        "semeval.tsv",
        "264183816548130816\tpositive\tGas by my house hit $3.39!\n"
        "263405084770172928\tnegative\tHe is still bad, watch the others\n",
        [
            {"text": "Gas by my house hit $3.39!", "created_at": None},
            {"text": "He is still bad, watch the others", "created_at": None},
        ],
    ),
    Shape(
        "mysql.tsv",
        "id\tuser_id\tbody\tcreated_at\n1\t5\tGreat\t2026-11-23\n2\t\\N\t\\N\t2026-11-23\n"
        "3\t\\N\tBad\t\\N\n",
        [
            {"text": "Great", "author": "5", "created_at": DAY_23},
            {"text": "Bad", "author": None, "created_at": None},
        ],
        refused=1,
    ),
    Shape(
        "grades.csv",
        "Datum;Kommentar;Note\n23.11.2026;Sehr gut;1,0\n23.11.2026;Schlecht;5,0\n",
        [{"text": "Sehr gut", "rating": None}, {"text": "Schlecht", "rating": None}],
    ),
    Shape(
        "votes.csv",
        "review,votes,score\nGreat one,5,4\nBad one,2,1\n",
        [{"text": "Great one", "rating": None}, {"text": "Bad one", "rating": None}],
    ),
    Shape(
        "people.csv",
        "Comment,Person Name,Assignee name,Agent,tweet_coord,taster_twitter_handle,Alter,Unit\n"
        'Great,Ann,Jane,Joe,"[40.1, -70.2]",@x,33,Berlin\n',
        [{"author": "Ann", "attributes": {"Unit": "Berlin"}}],
    ),
    Shape(
        "twitter_v2.json",
        json.dumps(
            {
                "data": [{"id": "15001", "text": "I love it", "author_id": "77"}],
                "includes": {"users": [{"id": "77", "description": "x"}, {"id": "78"}]},
            }
        ),
        [{"text": "I love it", "author": "77"}],
    ),
    Shape(
        "message_1.json",
        json.dumps(
            {
                "messages": [
                    {
                        "sender_name": "Ann",
                        "timestamp_ms": 1795000000000,
                        "content": "caf\u00c3\u00a9 is great",
                    }
                ]
            }
        ),
        texts("café is great", author="Ann"),
    ),
    Shape(
        "letters.json",
        json.dumps([{"text": "the letters Ã© are meant"}]),
        texts("the letters Ã© are meant"),
    ),
    Shape(
        "reddit_listing.json",
        json.dumps(
            {
                "data": {
                    "children": [
                        {"kind": "t1", "data": {"id": one, "body": one, "score": 3, "ups": 3}}
                        for one in ("I love it", "Bad")
                    ]
                }
            }
        ),
        texts("I love it", "Bad", rating=None),
    ),
    Shape(
        "elasticsearch.json",
        json.dumps(
            {"hits": {"hits": [{"_id": "q1", "_score": 1.0, "_source": {"text": "Great"}}]}}
        ),
        texts("Great", rating=None, id="elasticsearch:q1"),
    ),
    Shape(
        "qualtrics.csv",
        "StartDate,EndDate,RecipientEmail,ResponseId,Q1\n"
        'Start Date,End Date,Recipient Email,Response ID,"Why did you give\nthis answer?"\n'
        '"{""ImportId"":""startDate"",""timeZone"":""America/Denver""}",'
        '"{""ImportId"":""endDate"",""timeZone"":""America/Denver""}",'
        '"{""ImportId"":""recipientEmail""}","{""ImportId"":""_recordId""}",'
        '"{""ImportId"":""QID1_TEXT""}"\n'
        "2026-11-23 10:00:00,2026-11-23 10:05:00,a@example.com,R_1,Good service\n"
        "2026-11-23 10:00:00,2026-11-23 10:05:00,b@example.com,R_2,Slow\n",
        texts("Good service", "Slow", created_at="2026-11-23T17:05:00Z", attributes=None),
    ),
    Shape(
        "brandwatch.csv",
        "Report:,Kettles\nFrom:,2026-11-01\n\nQuery Id,Date,Url,Full Text\n"
        + "1,2026-11-23,https://example.com/1,The full text\n" * 5,
        texts(*["The full text"] * 5, created_at=DAY_23),
    ),
    Shape(
        "sprout.csv",
        "Timestamp (ET),Message\n11/23/2026 10:00 am,I love it\n",
        texts("I love it", created_at="2026-11-23T15:00:00Z"),
    ),
    Shape(
        "disneyland.csv",
        "Review_ID,Rating,Year_Month,Review_Text\n"
        + "".join(f"67{n},4,2019-4,Nice {n}\n" for n in range(20))
        + "68,3,missing,Fine\n",
        [{"created_at": "2019-04-01T00:00:00Z", "id": f"disneyland:67{n}"} for n in range(20)],
        refused=1,
    ),
    Shape(
        "tableau.txt",
        "Comment Text\tDay of Created Date\nGreat one\tNovember 23, 2026\n".encode("utf-16"),
        texts("Great one", created_at=DAY_23),
    ),
    Shape(
        "replies.csv",
        "Comment,Reply date\nGreat one,2026-11-23\n",
        texts("Great one", created_at=None),
    ),
    Shape(
        "powerbi.csv",
        "Reviews[Review Text],Reviews[Date],Reviews[Stars]\nGreat,11/23/2026 12:00:00 AM,4\n",
        texts("Great", created_at=DAY_23, rating=4),
    ),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_documents_are_right(shape, tmp_path):
    """Texts, times, ids and the other fields; None stands for a field that is not sent."""
    path = tmp_path / shape.name
    path.write_bytes(shape.data)
    file = open_rows(path)
    plan = make_plan(file, Options(**shape.options), NOW)
    assert not plan.questions
    converted = list(plan.documents(file.rows()))
    documents = [one.document for one in converted if not one.reason]
    found = [
        {name: _comparable(name, sent.get(name)) for name in expected}
        for sent, expected in zip(documents, shape.documents, strict=True)
    ]
    assert found == [
        {name: _comparable(name, value) for name, value in expected.items()}
        for expected in shape.documents
    ]
    assert sum(bool(one.reason) for one in converted) == shape.refused
    ids = [document["id"] for document in documents]
    assert len(set(ids)) == len(ids)


def _comparable(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name == "created_at" and value else value


def test_equal_answers_stay_apart_and_the_same_file_again_is_a_repeat(tmp_path):
    """Forty-eight short answers of one day are as many documents, with the same ids each time."""
    path = tmp_path / "answers.csv"
    answers = ["Good"] * 30 + ["Bad"] * 10 + ["ok"] * 8
    path.write_text("answer,date\n" + "".join(f"{one},2026-11-23\n" for one in answers))
    first, second = _ids(path), _ids(path)
    assert len(set(first)) == 48
    assert first == second
    with path.open("a") as file:
        file.write("Good,2026-11-23\n")
    assert _ids(path)[:48] == first
    other = tmp_path / "other.csv"
    other.write_bytes(path.read_bytes())
    assert set(_ids(other)).isdisjoint(_ids(path))


def _ids(path: Path) -> list[str]:
    file = open_rows(path)
    plan = make_plan(file, Options(), NOW)
    return [one.document["id"] for one in plan.documents(file.rows())]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("report.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 8, "PDF"),
        ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "PNG"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2048), "xlsx"),
        ("empty.csv", b"", "empty"),
        (
            "chat.txt",
            b"21/10/2026, 10:01 - Ann: Hello, how are you?\n21/10/2026, 10:02 - Bob: Great\n",
            "WhatsApp",
        ),
        (
            "ios.txt",
            b"[21.10.26, 10:00:01] Ann: Hello, you\n[21.10.26, 10:02:01] Bob: Hi\n",
            "Whats",
        ),
        ("dump.sql", b"-- MySQL dump\n--\nINSERT INTO `r` VALUES (1,'Great'),(2,'Bad');\n", "SQL"),
        ("copy.tsv", b"COPY r (id, body) FROM stdin;\n11\tGreat\n\\.\n", "SQL"),
        (
            "columns.json",
            b'{"text": {"0": "a", "1": "b"}, "date": {"0": "c", "1": "d"}}',
            "records",
        ),
        ("split.json", b'{"columns": ["text"], "index": [0], "data": [["a"]]}', "records"),
        (
            "steam.json",
            b'{"reviews": {"1": {"review": "a"}, "2": {"review": "b"}}}',
            "array of rows",
        ),
    ],
)
def test_other_files_are_refused_by_name(name, content, message, tmp_path):
    """The message says what the file is, or what to do."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileError, match=message):
        open_rows(path).columns  # noqa: B018


def test_several_texts_in_a_row_are_not_cut_to_the_first(tmp_path):
    """Answers of a survey in a list: the user is told, and can take the first."""
    path = tmp_path / "typeform.jsonl"
    path.write_text(lines({"answers": [{"text": "Great stay"}, {"text": "Bad beds"}]}))
    file = open_rows(path)
    with pytest.raises(FileError, match="'answers', and only the first"):
        make_plan(file, Options(), NOW)
    assert make_plan(file, Options(text="answers.0.text"), NOW).preview[0].document


def test_a_day_that_fits_both_orders_is_a_question(tmp_path):
    """The user is asked for DATE_FORMAT; an unambiguous row settles it."""
    path = tmp_path / "days.csv"
    path.write_text("text,date\nGreat,03/04/2026\nBad,05/06/2026\n")
    file = open_rows(path)
    assert "DATE_FORMAT" in make_plan(file, Options(), NOW).questions[0]
    assert not make_plan(file, Options(date_format="DMY"), NOW).questions
    path.write_text("text,date\nGreat,03/04/2026\nBad,25/06/2026\n")
    file = open_rows(path)
    plan = make_plan(file, Options(), NOW)
    first = next(plan.documents(file.rows())).document
    assert _comparable("created_at", first["created_at"]) == datetime(2026, 4, 3, tzinfo=UTC)


def test_a_time_ahead_of_utc_is_a_question(tmp_path):
    """A time without zone that is in the future in UTC asks for TZ."""
    path = tmp_path / "east.csv"
    path.write_text("text,date\nBad one,2026-11-26 08:22:36\n")
    [question] = make_plan(open_rows(path), Options(), NOW).questions
    assert "TZ" in question
