"""JSON in each form that exports have."""
# ruff: noqa: RUF001 (letters and signs of other scripts are what is tested)

import json
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echostream_import.reading.json_stream import CHUNK
from echostream_import.reading.opening import open_rows
from echostream_import.rows import FileError
from tests.unit.echostream_import.files import bad, good, opened

TWO = [{"text": "Great", "date": "2026-11-23"}, {"text": "Bad", "n": [1, {"a": None}]}]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
ROWS = st.lists(st.dictionaries(st.text(max_size=5), VALUES, min_size=1, max_size=4), min_size=1)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, indent=st.sampled_from([None, 0, 2]), is_ascii=st.booleans())
def test_what_is_written_as_an_array_comes_back(tmp_path, rows, indent, is_ascii):
    """Pretty or not."""
    text = json.dumps(rows, indent=indent, ensure_ascii=is_ascii)
    file = opened(tmp_path, text.encode("utf-8", "replace"), "a.json")
    expected = json.loads(text.encode("utf-8", "replace"))
    assert good(file) == expected


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS)
def test_what_is_written_as_lines_comes_back(tmp_path, rows):
    """An object a line, each with its own keys."""
    text = "".join(json.dumps(row) + "\n" for row in rows)
    assert good(opened(tmp_path, text, "a.jsonl")) == rows


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv", "a.txt", "a"])
@pytest.mark.parametrize(
    "content",
    [
        "".join(json.dumps(row) + "\n" for row in TWO),
        json.dumps(TWO),
        json.dumps(TWO, indent=1),
        "[\n" + ",\n".join(map(json.dumps, TWO)) + "\n]\n",
        "".join(json.dumps(row, indent=2) + "\n" for row in TWO),
        json.dumps({"status": "ok", "data": TWO, "meta": {"count": 2}}),
        json.dumps({"response": {"pages": [], "items": TWO}}, indent=2),
        "window.YTD.tweets.part0 = " + json.dumps([{"tweet": row} for row in TWO], indent=2),
    ],
    ids=["lines", "array", "pretty", "rows", "objects", "wrapped", "deep", "script"],
)
def test_content_decides(tmp_path, content, name):
    """Whatever the name says."""
    if name.endswith(".jsonl") and content.startswith('{"status"'):
        return  # one object on one line: the name says that it is a row
    expected = [{"tweet": row} for row in TWO] if content.startswith("window") else TWO
    file = opened(tmp_path, content, name)
    assert good(file) == expected
    assert bad(file) == []
    assert file.notes[0].startswith("JSON")


def test_a_script_of_an_archive(tmp_path):
    """What wraps each object is taken off, and the notes say so."""
    content = "window.YTD.tweets.part0 = " + json.dumps([{"tweet": row} for row in TWO])
    file = opened(tmp_path, content, "tweets.js")
    assert good(file) == TWO
    assert list(file.columns) == ["text", "date", "n"]
    assert "rows are what tweet holds in each object" in file.notes


def test_the_array_with_the_most_objects(tmp_path):
    """An object with several arrays: the largest has the rows, and the notes name it."""
    file = opened(tmp_path, json.dumps({"users": [{"u": 1}], "posts": {"items": TWO}}), "a.json")
    assert good(file) == TWO
    assert "rows are the objects in posts.items" in file.notes


def test_one_object_is_one_row(tmp_path):
    """Also if it has arrays of objects, as a post has."""
    post = {"full_text": "Great", "entities": {"urls": [{"u": 1}, {"u": 2}]}}
    assert good(opened(tmp_path, json.dumps(post), "post.json")) == [post]
    assert good(opened(tmp_path, json.dumps(post), "post.jsonl")) == [post]
    assert good(opened(tmp_path, json.dumps({"text": "a", "n": 1}, indent=2), "b.json")) == [
        {"text": "a", "n": 1}
    ]


def test_later_rows_have_their_own_keys(tmp_path):
    """The columns are those of all first rows, in order of appearance."""
    file = opened(tmp_path, '{"text": "a"}\n{"text": "b", "date": "x"}\n{"author": 1}\n', "a.jsonl")
    assert list(file.columns) == ["text", "date", "author"]
    assert good(file) == [{"text": "a"}, {"text": "b", "date": "x"}, {"author": 1}]


@pytest.mark.parametrize("form", ["{},{}", "[{},{}]"])
def test_numbers(tmp_path, form):
    """NaN and Infinity are None; whole numbers are exact, and beyond 4,000 digits text."""
    first = '{"a": NaN, "b": Infinity, "c": -Infinity, "d": 1050118621198921728, "e": 1.5}'
    second = '{"d": ' + "9" * 4_000 + ', "e": ' + "9" * 5_000 + "}"
    text = form.format(first, second) if form[0] == "[" else f"{first}\n{second}\n"
    rows = good(opened(tmp_path, text, "a.json"))
    assert rows[0] == {"a": None, "b": None, "c": None, "d": 1050118621198921728, "e": 1.5}
    assert rows[1] == {"d": int("9" * 4_000), "e": "9" * 5_000}


def test_damaged_lines_cost_themselves(tmp_path):
    """Their line, a reason and the text are kept; blank lines are no rows."""
    deep = '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"
    content = (
        f'{{"text": "a"}}\nnot json\n\n[1]\n"text"\n{deep}\n{{"text": "b"}} x\n{{"text": "c"}}\n'
    )
    file = opened(tmp_path, content, "a.jsonl")
    assert good(file) == [{"text": "a"}, {"text": "c"}]
    problems = {row.line: row.problem for row in bad(file)}
    assert list(problems) == [2, 4, 5, 6, 7]
    assert problems[2].startswith("not JSON")
    assert problems[4] == problems[5] == "not a JSON object"
    assert problems[6] == "nested too deeply"
    assert bad(file)[0].values == {"line": "not json"}


def test_commas_after_lines(tmp_path):
    """Lines of an array that lost its brackets."""
    assert good(opened(tmp_path, '{"text": "a"},\n{"text": "b"},\n', "a.json")) == [
        {"text": "a"},
        {"text": "b"},
    ]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_damaged_object_in_an_array(tmp_path, indent):
    """Where each object begins a line, the others are read."""
    rows = [json.dumps({"n": n, "tags": [{"t": n}]}, indent=indent) for n in range(50)]
    rows[20] = rows[20].replace(":", ";", 1)
    lines = "[\n" + ",\n".join("  " + row.replace("\n", "\n  ") for row in rows) + "\n]"
    file = opened(tmp_path, lines, "a.json")
    assert [values["n"] for values in good(file)] == [n for n in range(50) if n != 20]
    assert len(bad(file)) == 1
    assert lines.split("\n")[bad(file)[0].line - 1].strip().startswith("{")


def test_an_array_that_is_cut_off(tmp_path):
    """The objects before the end are rows, and the end is a problem."""
    text = json.dumps(TWO * 3)[:-1]
    file = opened(tmp_path, text, "a.json")
    assert len(good(file)) == 6
    assert "cut off" in bad(file)[0].problem
    half = opened(tmp_path, json.dumps(TWO * 3)[:-20], "b.json")
    assert (len(good(half)), len(bad(half))) == (5, 1)


def test_a_damaged_object_on_one_line_with_the_others(tmp_path):
    """No next object can be found for sure: the rows before it are read, then reading fails."""
    text = json.dumps([*TWO, {"text": "x"}, *TWO * 20]).replace('"x"}', '"x";')
    rows = opened(tmp_path, text, "a.json").rows()
    assert [next(rows).values, next(rows).values] == TWO
    assert next(rows).problem.startswith("not JSON")
    with pytest.raises(FileError, match="the rest cannot be read"):
        next(rows)


def test_lines_of_values_in_large_arrays(tmp_path):
    """Objects that span the pieces in which a file is read; each with the line it begins on."""
    rows = [{"n": n, "text": "x" * (n % 7 * CHUNK // 5)} for n in range(60)]
    file = opened(tmp_path, json.dumps(rows, indent=1), "a.json")
    found = list(file.rows())
    assert [row.values for row in found] == rows
    assert [row.line for row in found] == [2 + 4 * n for n in range(60)]


def test_a_large_wrapped_array_takes_bounded_memory(tmp_path):
    """A single line of megabytes is read in pieces."""
    rows = [{"n": n, "text": "Great " * 20} for n in range(40_000)]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"data": rows}))
    file = open_rows(path)
    tracemalloc.start()
    assert sum(1 for _ in file.rows()) == 40_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < path.stat().st_size / 2


@pytest.mark.parametrize("content", ["[1, 2]", '["a"]', "[]", "{}", '{"a": [', "{]"])
def test_json_without_objects(tmp_path, content):
    """The message says that rows are objects, or what is wrong."""
    with pytest.raises(FileError):
        list(opened(tmp_path, content, "a.json").rows())


def test_utf_16_json(tmp_path):
    """PowerShell writes JSON so."""
    file = opened(tmp_path, json.dumps(TWO).encode("utf-16"), "a.json")
    assert good(file) == TWO


def test_json_lines_with_lines_in_another_encoding(tmp_path):
    """Only these lines are read by the fallback."""
    lines = ['{"text": "naïve – ok"}'.encode(), '{"text": "café"}'.encode("cp1252")]
    file = opened(tmp_path, b"\n".join(lines), "a.jsonl")
    assert [row["text"] for row in good(file)] == ["naïve – ok", "café"]
