"""Times: spellings, the order of day and month from the whole column, zones, the future."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from echostream_import.documents.dates import DateOptions, settle
from echostream_import.rows import FileError
from tests.unit.echostream_import.rows_in_memory import NOW, convert, plan_of


def column(*values, rest=(), date_format="", tz="", header="", now=NOW):
    """The column of the values, and those of the rest of the file."""
    options = DateOptions.of(date_format, tz, header)
    lines = [*enumerate(values, start=2)]
    return settle(lines, enumerate(rest, start=2 + len(lines)), now, options)


def read(*values, **options):
    reader = column(*values, **options).reader
    return [reader.read(value) for value in values]


NINE = "2026-11-24T09:05:00Z"
SPELLINGS = {
    "2026-11-24T09:05:00Z": NINE,
    "2026-11-24 9:05": NINE,
    "2026-11-24T09:05": NINE,
    "2026-11-24T09:05:00 UTC": NINE,
    "2026-11-24T09:05:00.000+0000": NINE,
    "2026-11-24 09:05:00 +01:00": "2026-11-24T08:05:00Z",
    "2026-11-24T04:05:00-05:00": NINE,
    "2026-11-24 09:05:00.123456": "2026-11-24T09:05:00.123456Z",
    "2026-11-24 10:05 CET": NINE,
    "2026-11-24 11:05 CEST": NINE,
    "2026-11-24 04:05 EST": NINE,
    "2026-11-24 09:05 PM": "2026-11-24T21:05:00Z",
    "2026-11-24 12:05 AM": "2026-11-24T00:05:00Z",
    "11/24/2026 9:05:00 AM": NINE,
    "11/24/2026, 9:05:00\u202fa.m.": NINE,
    "2026/11/24 10:05:00 AM GMT+1": NINE,
    "Tue, 24 Nov 2026 09:05:00 +0000": NINE,
    "Tue, 24 Nov 2026 09:05:00 GMT": NINE,
    "Tue Nov 24 09:05:00 +0000 2026": NINE,
    "Tue Nov 24 02:05:00 PDT 2026": NINE,
    "Tue Nov 24 2026 10:05:00 GMT+0100 (Central European Standard Time)": NINE,
    "2026-11-24T10:05:00+01:00[Europe/Berlin]": NINE,
    "2026-11-24 10:05 Europe/Berlin": NINE,
    "24/Nov/2026:09:05:00 +0000": NINE,
    "November 24, 2026 at 9:05 am": NINE,
    "9:05 AM 24.11.2026": NINE,
    "24.11.2026, 09:05 Uhr": NINE,
    "24. November 2026 09:05": NINE,
    "24 novembre 2026 à 09:05": NINE,
    "24 de noviembre de 2026 09:05": NINE,
    "24 ноября 2026 09:05": NINE,
    "2026年11月24日 09:05": NINE,
    "20261124090500": NINE,
    "1795511100": NINE,
    "1795511100.0": NINE,
    "1795511100000": NINE,
    "1795511100000000": NINE,
    "2026-11-24": "2026-11-24T00:00:00Z",
    "2026/11/24": "2026-11-24T00:00:00Z",
    "20261124": "2026-11-24T00:00:00Z",
    "24.11.2026": "2026-11-24T00:00:00Z",
    "24.11.26": "2026-11-24T00:00:00Z",
    "24. 11. 2026": "2026-11-24T00:00:00Z",
    "11/24/2026": "2026-11-24T00:00:00Z",
    "24/11/2026": "2026-11-24T00:00:00Z",
    "11 24, 2026": "2026-11-24T00:00:00Z",
    "24 Nov 2026": "2026-11-24T00:00:00Z",
    "24-Nov-26": "2026-11-24T00:00:00Z",
    "Nov 24, 2026": "2026-11-24T00:00:00Z",
    "November 24th, 2026": "2026-11-24T00:00:00Z",
    "Tuesday, Nov. 24, 2026": "2026-11-24T00:00:00Z",
    "2026 Nov 24": "2026-11-24T00:00:00Z",
    "Reviewed in the United States on November 24, 2026": "2026-11-24T00:00:00Z",
    "2026-W47": "2026-11-16T00:00:00Z",
    "2026-W47-3": "2026-11-18T00:00:00Z",
    "2026-11": "2026-11-01T00:00:00Z",
    "Nov 2026": "2026-11-01T00:00:00Z",
    "1969-07-20": "1969-07-20T00:00:00Z",
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_spelling(text):
    """Each spelling is the same time, alone in its column."""
    assert read(text) == [SPELLINGS[text]]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1795511100, NINE),
        (1795511100.5, "2026-11-24T09:05:00.500000Z"),
        (1795511100000, NINE),
        (datetime(2026, 11, 24, 9, 5), NINE),
        (datetime(2026, 11, 24, 9, 5, tzinfo=UTC), NINE),
        (date(2026, 11, 24), "2026-11-24T00:00:00Z"),
        ({"$date": "2026-11-24T09:05:00Z"}, NINE),
        ({"seconds": "1795511100", "nanos": 0}, NINE),
    ],
)
def test_typed_value(value, expected):
    """Numbers, typed cells, and objects of MongoDB and Protocol Buffers."""
    assert read(value) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "7",
        "46350",
        "2026",
        "2026-13-45",
        "31/31/2026",
        "2026-11-24x09:05",
        "2026-11-24 25:00",
        "2026-11-24 13:05 AM",
        "2 days ago",
        "2026-11-24T09:05:00 IST",
        "1.2.3",
        "5/5/5",
        "Maybe 24, 2026",
        "1.79551E+12",
        "x" * 100,
    ],
)
def test_what_is_no_date_is_refused_with_its_value(text):
    """Nothing is guessed: the reason shows the value, cut to 40 characters."""
    reader = column("2026-11-24", text).reader
    with pytest.raises(ValueError, match="is not a date that can be read") as error:
        reader.read(text)
    assert repr(text[:39])[:-1] in str(error.value)


def test_row_with_a_wrong_date_is_refused():
    """The reason names the field and the column."""
    [row] = convert([{"line": "7", "text": "Great", "date": "yesterday"}])
    assert row.reason == "created_at in 'date': 'yesterday' is not a date that can be read"


def test_all_dates_of_one_column_can_differ():
    """Each separator has its own order: dots, and slashes that one date decides."""
    values = ["2026/11/23", "24.11.2026", "11/24/2026", "02/03/2026", "05.06.2026", "1795000000"]
    assert [moment[:10] for moment in read(*values)] == [
        "2026-11-23",
        "2026-11-24",
        "2026-11-24",
        "2026-02-03",
        "2026-06-05",
        "2026-11-18",
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["03/04/2026", "24/11/2026"], "2026-04-03"),
        (["03/04/2026", "11/24/2026"], "2026-03-04"),
        (["03-04-26", "31-01-25", "24-11-25"], "2026-04-03"),  # 2031 is in the future
        (["1/2/26", "14/2/26"], "2026-02-01"),
        (["03/12/2026", "05/06/2026"], "2026-03-12"),  # 3 December is in the future
        (["11/11/2026"], "2026-11-11"),  # the same day in both orders
    ],
)
def test_order_is_decided_by_the_whole_column(values, expected):
    """By a date that fits one order, or by one that would be in the future."""
    found = column(*values)
    assert found.questions == ()
    assert found.reader.read(values[0])[:10] == expected


def test_deciding_date_is_named():
    """The note has the line and the date."""
    found = column("03/04/2026", "24/11/2026")
    assert found.notes == ("Dates are day, month, year because line 3 has 24/11/2026.",)


def test_rest_of_the_file_is_read_until_the_order_is_decided():
    """Only as far as needed."""
    read_lines = []

    def rest():
        for line, value in [(9, "05/06/2026"), (10, "24/11/2026"), (11, "01/01/2026")]:
            read_lines.append(line)
            yield line, value

    found = settle([(2, "03/04/2026")], rest(), NOW, DateOptions())
    assert found.reader.read("03/04/2026") == "2026-04-03T00:00:00Z"
    assert read_lines == [9, 10]


def test_rest_of_the_file_is_not_read_if_the_sample_decides():
    """A file of gigabytes is not read twice without need."""

    def rest():
        raise AssertionError("read on")
        yield

    settle([(2, "2026-11-24"), (3, "24/11/2026")], rest(), NOW, DateOptions())


def test_order_that_nothing_decides_is_a_question():
    """With both readings of the first date."""
    found = column("03/04/2026", "05/06/2026")
    assert found.questions == (
        "DATE_FORMAT: line 2 has 03/04/2026, which is 3 April 2026 (DATE_FORMAT=DMY)"
        " or 4 March 2026 (DATE_FORMAT=MDY).",
    )
    with pytest.raises(ValueError, match="fits DMY and MDY; set DATE_FORMAT="):
        found.reader.read("03/04/2026")


def test_dates_that_contradict_each_other_are_a_question():
    """Both are named."""
    [question] = column("13/04/2026", "05/16/2026").questions
    assert "line 2 has 13/04/2026 and line 3 has 05/16/2026" in question


@pytest.mark.parametrize(
    ("date_format", "text", "expected"),
    [
        ("DMY", "03/04/2026", "2026-04-03T00:00:00Z"),
        ("mdy", "03/04/2026", "2026-03-04T00:00:00Z"),
        ("YMD", "24-11-05", "2024-11-05T00:00:00Z"),
        ("DMY", "2026-11-05", "2026-11-05T00:00:00Z"),
        ("%d|%m|%Y %H.%M", "24|11|2026 09.05", NINE),
        ("%Y%j", "2026001", "2026-01-01T00:00:00Z"),
    ],
)
def test_format_of_the_user(date_format, text, expected):
    """DATE_FORMAT answers the question, or is a format of strptime."""
    found = column(text, date_format=date_format)
    assert found.questions == ()
    assert found.reader.read(text) == expected


def test_rows_that_do_not_fit_the_users_format_are_refused():
    """With the value."""
    with pytest.raises(ValueError, match="'05/16/2026' is no date in the order DMY"):
        column(date_format="DMY").reader.read("05/16/2026")
    with pytest.raises(ValueError, match="'2026-11-24' does not fit DATE_FORMAT"):
        column(date_format="%d.%m.%Y").reader.read("2026-11-24")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("date_format", "dd.mm.yyyy"),
        ("date_format", "%Q"),
        ("date_format", "%Y"),
        ("tz", "Mars/Phobos"),
        ("tz", "Europe"),
        ("tz", "../x"),
    ],
)
def test_wrong_option_is_named(option, value):
    """Also a folder of the zone database, and a path."""
    with pytest.raises(FileError, match=rf"{option.upper()}: .*{re.escape(value)}"):
        plan_of([{"text": "x", "date": "2026-11-24"}], **{option: value})


def test_format_with_a_zone():
    """Formats are tried with a time that has one."""
    assert read("24/11/2026 +0100", date_format="%d/%m/%Y %z") == ["2026-11-23T23:00:00Z"]


def test_zone_of_times_without_one():
    """TZ, with summer time; a zone in the header before it; a zone in the text before both."""
    summer = "2026-07-24 09:05"
    assert read(summer, tz="Europe/Berlin") == ["2026-07-24T07:05:00Z"]
    assert read("2026-11-24 09:05", tz="Europe/Berlin") == ["2026-11-24T08:05:00Z"]
    assert read(summer, tz="Europe/Berlin", header="UTC") == ["2026-07-24T09:05:00Z"]
    assert read(summer, header="GMT+1") == ["2026-07-24T08:05:00Z"]
    assert read(f"{summer}Z", tz="Europe/Berlin") == ["2026-07-24T09:05:00Z"]


def test_note_says_that_times_have_no_zone():
    """Not if all have one, or are days."""
    assert any("without a zone are in UTC; TZ=" in one for one in column("2026-11-24 9:05").notes)
    assert column("2026-11-24 9:05Z", "2026-11-24").notes == ()


def test_day_that_has_begun_somewhere_is_not_in_the_future():
    """It is 23:22 in UTC, and the next morning in Asia."""
    assert read("2026-11-26") == ["2026-11-25T23:22:36Z"]
    with pytest.raises(ValueError, match=r"'2026-11-27' is in the future$"):
        read("2026-11-27")


def test_time_of_another_zone_that_is_in_the_future_is_a_question():
    """Which TZ answers."""
    rows = [
        {"text": "Great morning", "date": "2026-11-26"},
        {"text": "Bad one", "date": "2026-11-26 08:22:36"},
    ]
    [question] = plan_of(rows).questions
    assert "TZ: line 3 has 2026-11-26 08:22:36" in question
    assert convert(rows)[1].reason.endswith("is in the future; if its zone is not UTC, set TZ=")
    assert plan_of(rows, tz="Asia/Tokyo").questions == ()
    assert convert(rows, tz="Asia/Tokyo")[1].document["created_at"] == "2026-11-25T23:22:36Z"


def test_serial_numbers_of_days():
    """Only if the whole column is such: in another column they are refused."""
    found = column("46350", 46351.5)
    assert found.reader.read("46350") == "2026-11-24T00:00:00Z"
    assert found.reader.read(46351.5) == "2026-11-25T12:00:00Z"
    assert "as Excel counts them" in found.notes[0]


def test_notes_of_months_and_weeks():
    """They say which day is taken."""
    notes = " ".join(column("2026-11", "2026-W47").notes)
    assert "such as 2026-11, is its first day" in notes
    assert "such as 2026-W47, is its Monday" in notes


def test_dates_of_any_age_are_read():
    """Retention is the server's business."""
    assert read("2018-03-04", "0999-01-01")[0] == "2018-03-04T00:00:00Z"


@pytest.mark.parametrize("value", ["", "N/A", None, float("nan"), "  "])
def test_empty_date_is_now_and_counted(value):
    """The row stays."""
    first, second = convert([{"text": "a", "date": "2026-11-24"}, {"text": "b", "date": value}])
    assert "created_at" in first.document
    assert "created_at" not in second.document
    assert second.dropped == ("created_at: empty, so it is now",)


def test_clock_that_is_fast_is_tolerated():
    """As by the API."""
    moment = (NOW + timedelta(minutes=4)).isoformat()
    assert read(moment) == ["2026-11-25T23:26:36Z"]
