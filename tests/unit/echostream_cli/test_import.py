"""`make import`: what it prints, its exit codes, and the file of refused rows."""

import json
import os
import threading
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from echostream_cli.__main__ import app
from echostream_cli.data import import_run
from echostream_client.api import ApiFailed
from tests.unit.echostream_import.fake_api import FakeApi


class SandboxApi(FakeApi):
    """The sandbox's API, which counts and erases at once."""

    def wait_until_counted(self, received_at):
        return True

    def erasure(self, name):
        return {"state": "settling"}


@pytest.fixture
def api(monkeypatch, tmp_path):
    api = SandboxApi()
    deployment = {"API_URL": "http://localhost/1", "USER_POOL_ID": "pool"}
    sandbox = SimpleNamespace(state_dir=tmp_path / "state")
    monkeypatch.setattr(import_run, "load_running", lambda: sandbox)
    monkeypatch.setattr(import_run, "outputs", lambda _: deployment)
    monkeypatch.setattr(import_run, "api", lambda *_: api)
    return api


@pytest.fixture
def run(monkeypatch, tmp_path):
    """A function that imports a text as a file; the result of the command."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(text, *options, name="reviews.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode())
        return CliRunner().invoke(app, ["import", f"--file={path}", *options])

    return run


GOOD = "review,customer\nI love it,ann\nIt leaks,bea\n"


def test_guess_is_shown_and_then_sent(run, api, tmp_path):
    """Each field with its column, the first rows, and what became of all rows."""
    result = run(GOOD)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert "  text    review" in lines
    assert "  author  customer" in lines
    assert "  source  'reviews' for all rows" in lines
    assert ["I", "love", "it", "ann"] in [line.split() for line in lines]
    assert lines[-1] == "2 rows: 2 stored"
    assert sorted(api.texts.values()) == ["I love it", "It leaks"]
    assert not (tmp_path / "reviews.csv.rejected.csv").exists()
    assert run(GOOD).output.splitlines()[-1] == "2 rows: 0 stored, 2 repeats"


def test_dry_run_sends_nothing_and_needs_no_sandbox(run):
    """It shows the same."""
    result = run(GOOD, "--dry-run")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "DRY_RUN: nothing was sent"
    assert "text    review" in result.output


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (GOOD, ["--text=body"], "TEXT: "),
        (GOOD, ["--header=maybe"], "HEADER: must be no or yes"),
        (GOOD, ["--encoding=latin-99"], "ENCODING: "),
        (GOOD, ["--tz=Mars/Base"], "TZ: "),
        ("review,date\nx,03/04/2026\ny,05/06/2026\n", [], "DATE_FORMAT"),
    ],
)
def test_question_or_wrong_option_sends_nothing(run, api, text, options, message):
    """The exit code is 2, and the message names the option."""
    result = run(text, *options)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert api.calls == []


def test_file_that_is_not_named_or_does_not_exist_is_refused():
    """With the option's name."""
    for arguments in (["--file="], ["--file=/no/such.csv"]):
        result = CliRunner().invoke(app, ["import", *arguments])
        assert result.exit_code == 2
        assert result.stderr.startswith("error: FILE: ")


def test_refused_rows_are_in_a_file_that_can_be_imported(run, api, tmp_path):
    """With the same source and the same ids."""
    result = run("id,review,day\n7,I love it,2024-11-01\n8,It leaks,someday\n")
    assert result.exit_code == 1, result.output
    lines = result.output.splitlines()
    path = tmp_path / "reviews.csv.rejected.csv"
    assert "2 rows: 1 stored, 1 refused" in lines
    assert "  1 refused: created_at in 'day': … is not a date that can be read" in lines
    assert lines[-1] == f"  refused rows and reasons: {path}"
    mended = path.read_text(encoding="utf-8-sig").replace(",someday", ",2024-11-02")
    result = run(mended, name=path.name)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "1 row: 1 stored"
    assert api.texts == {"reviews:7": "I love it", "reviews:8": "It leaks"}


def test_import_that_failed_continues(run, api):
    """The message has the number of rows; the next run goes on after them."""
    rows = "".join(json.dumps({"id": f"x{n}", "text": f"text {n}"}) + "\n" for n in range(1_000))
    original = api.ingest
    answered: list[int] = []

    def ingest(documents):
        if len(answered) == 2:
            raise ApiFailed(503, "try_again", "HTTP 503: unavailable")
        answered.append(documents)
        return original(documents)

    api.ingest = ingest
    result = run(rows, name="posts.jsonl")
    assert result.exit_code == 1
    assert result.stderr == "error: after 500 rows: HTTP 503: unavailable; run the command again\n"
    api.ingest = original
    result = run(rows, name="posts.jsonl")
    assert "continuing after row 500; RESTART=1 begins anew" in result.output
    assert result.output.splitlines()[-1] == "1,000 rows: 1,000 stored"
    assert run(rows, "--restart", name="posts.jsonl").output.splitlines()[-1] == (
        "1,000 rows: 0 stored, 1,000 repeats"
    )


def test_edited_text_is_replaced_on_request(run, api):
    """Without UPDATE=1 the message names it."""
    run("id,review\n7,I love it\n")
    edited = "id,review\n7,I like it\n"
    result = run(edited)
    assert result.exit_code == 1
    assert "UPDATE=1 replaces it" in result.output
    result = run(edited, "--update")
    assert result.output.splitlines()[-1] == "1 row: 0 stored, 1 updated"
    assert api.texts == {"reviews:7": "I like it"}


def test_standard_input_is_a_file(run, api, monkeypatch, tmp_path):
    """Its refused rows are in the working directory."""
    content = b"review,day\nx,someday\ny,2024-11-02\n"
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["import", "--file=-"], input=content)
    assert result.exit_code == 1, result.output
    assert len(list(tmp_path.glob("*.rejected.csv"))) == 1
    assert list(api.texts.values()) == ["y"]


def test_a_pipe_is_read_once(api, tmp_path):
    """FILE=<(command) of a shell, and /dev/stdin: a pipe cannot be read a second time."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[GOOD.encode()], daemon=True)
    writer.start()
    result = CliRunner().invoke(app, ["import", f"--file={pipe}", "--source=shop"])
    writer.join()
    assert result.exit_code == 0, result.output
    assert sorted(api.texts.values()) == ["I love it", "It leaks"]


def test_a_name_that_is_no_utf8(api, tmp_path):
    """The source is text that the API accepts."""
    path = tmp_path / os.fsdecode(b"caf\xe9.csv")
    path.write_text(GOOD)
    result = CliRunner().invoke(app, ["import", f"--file={path}"])
    assert result.exit_code == 0, result.output
    assert "'caf?' for all rows" in result.output


def test_a_file_that_changes_while_it_is_read(run, api, tmp_path):
    """The account would not be that of the file; the next run is of the new content."""
    original = api.ingest

    def ingest(documents):
        (tmp_path / "reviews.csv").write_text("review\nI love it\n")
        return original(documents)

    api.ingest = ingest
    result = run(GOOD)
    assert result.exit_code == 1
    assert "reviews.csv changed while it was read; import it again" in result.stderr
    api.ingest = original
    assert run(GOOD).output.splitlines()[-1] == "2 rows: 0 stored, 2 repeats"


def test_refused_rows_of_a_folder_with_one_file_keep_their_ids(api, monkeypatch, tmp_path):
    """They are those of the file in the folder, also in the file of refused rows."""
    folder = tmp_path / "exports"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    content = "id,review,date\n,x,2024-11-02\n,y,someday\n,z,2024-11-02\n"
    corrected = content.replace("someday", "2024-11-03")
    (folder / "may.csv").write_text(content)
    CliRunner().invoke(app, ["import", f"--file={folder}"])
    refused = tmp_path / "exports.rejected.csv"
    refused.write_text(refused.read_text().replace("someday", "2024-11-03"))
    CliRunner().invoke(app, ["import", f"--file={refused}"])
    (folder / "may.csv").write_text(corrected)
    result = CliRunner().invoke(app, ["import", f"--file={folder}"])
    assert result.output.splitlines()[-1] == "3 rows: 0 stored, 3 repeats"
