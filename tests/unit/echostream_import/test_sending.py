"""Sending: batches, the account of rows, updates, and runs after a crash at any call."""

import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echostream_client.api import ApiFailed
from echostream_import.rows import FileError
from echostream_import.sending import sender
from echostream_import.sending.journal import ImportRuns, Journal
from echostream_import.sending.sender import Sending
from tests.unit.echostream_import.fake_api import Converter, FakeApi, Killed

KEY = {"api": "http://localhost/1", "text": "review"}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(sender, "BATCH", 3)
    monkeypatch.setattr(sender, "ERASED", 3)
    monkeypatch.setattr(sender, "MAX_ROWS", 6)


@pytest.fixture
def api():
    return FakeApi()


@pytest.fixture
def run(tmp_path, api):
    """A function that runs an import like a new process; the account and the refused rows."""

    def run(pairs, is_update=False, **options):
        with Journal(tmp_path / "imports", "content", KEY, **options) as journal:
            one = Sending(api, journal, is_update)
            one.send(Converter(pairs))
            one.update()
            account = journal.progress.account
            refused = [(entry["line"], entry["reason"]) for entry in journal.rejected.values()]
            journal.finish()
        assert list((tmp_path / "imports").iterdir()) == []
        assert sum(account.parts().values()) == account.rows == len(pairs)
        assert len(refused) == account.refused == sum(account.reasons.values())
        return account, sorted(refused)

    return run


def numbered(number, text="text"):
    return [(f"id-{n}", f"{text} {n}") for n in range(number)]


def test_each_row_is_sent_once_and_counted(run, api):
    """In requests of a limited number of documents."""
    account, refused = run(numbered(10))
    assert api.texts == dict(numbered(10))
    assert sorted(map(len, api.calls)) == [1, 3, 3, 3]
    assert account.lines() == ["10 rows: 10 stored"]
    assert refused == []


def test_account_names_every_part_and_the_reasons(run, api):
    """Repeats, merged rows, rows of the lake, conflicts, and what the API and the plan refuse."""
    api.texts = {"again": "same", "other": "before"}
    rows = [("again", "same"), ("other", "after"), ("new", "a"), ("new", "a"), ("old", "old one")]
    account, refused = run([*rows, ("x", "bad 1"), ("y", "bad 2"), ("z", "")])
    assert account.parts() == {
        "stored": 1,
        "repeats": 1,
        "merged": 1,
        "in the lake only": 1,
        "refused": 4,
    }
    assert account.lines() == [
        "8 rows: 1 stored, 1 repeat, 1 merged, 1 in the lake only, 4 refused",
        "  2 refused: text: … is bad",
        "  1 refused: id: a document with this id and another text is stored; UPDATE=1 replaces it",
        "  1 refused: no text",
    ]
    assert [line for line, _ in refused] == [3, 7, 8, 9]


def test_second_import_has_repeats_only(run):
    """Merged rows are merged again."""
    rows = [*numbered(5), *numbered(2)]
    assert run(rows)[0].parts() == {"stored": 5, "merged": 2}
    assert run(rows)[0].parts() == {"stored": 0, "repeats": 5, "merged": 2}


def test_queued_documents_are_accepted(run, api):
    """On the stream path nobody knows yet which ones are repeats."""
    api.is_queued = True
    run(numbered(4))
    account, _ = run([*numbered(4), *numbered(1), ("old", "old one")])
    assert account.lines() == ["6 rows: 4 accepted, 1 merged, 1 in the lake only"]


def test_update_replaces_a_stored_text(run, api):
    """An unchanged row is a repeat, a new one is stored; each id has the new text."""
    run(numbered(10))
    rows = [*numbered(4), *numbered(10, "edited")[4:], ("new", "x"), ("id-9", "edited 9")]
    account, refused = run(rows, is_update=True)
    assert account.parts() == {"stored": 1, "repeats": 4, "merged": 1, "updated": 6}
    assert api.texts == dict(rows)
    assert refused == []
    assert [call for call in api.calls if call[0] == "erase"] == [
        ["erase", "id-4", "id-5", "id-6"],
        ["erase", "id-7", "id-8", "id-9"],
        ["erase", "id-9"],
    ]


def test_update_of_a_queue_is_refused(run, api):
    """It would not replace anything, without a word."""
    api.is_queued = True
    with pytest.raises(FileError, match=r"UPDATE: .*stream"):
        run(numbered(2), is_update=True)


def test_request_of_conflicts_only_says_nothing_of_a_queue(run, api):
    """Its response is an error, which has no number of repeats."""
    run(numbered(3))
    original = api.ingest

    def ingest(documents):
        return {"accepted": 0, "ids": [], "rejected": original(documents)["rejected"]}

    api.ingest = ingest
    assert run(numbered(3, "edited"))[0].parts() == {"stored": 0, "refused": 3}


def test_large_documents_are_sent_alone(run, api, monkeypatch):
    """One that no request can have is refused."""
    monkeypatch.setattr(sender, "MAX_BYTES", 1_000)
    _, refused = run([("a", "x" * 600), ("b", "x" * 600), ("c", "x" * 2_000), ("d", "x")])
    assert sorted(api.calls) == [["a"], ["b"], ["d"]]
    assert [line for line, _ in refused] == [4]


def test_rows_without_documents_are_settled_too(run, api):
    """A file of refused rows does not collect them in memory."""
    account, refused = run([("x", "")] * 20)
    assert (account.refused, len(refused), api.calls) == (20, 20, [])


def test_document_that_could_not_be_stored_now_is_not_refused(run, api):
    """The import stops; run again, it sends the row again."""
    rejection = {"index": 1, "code": "try_again", "message": "document: not stored"}
    answer = {"accepted": 1, "ids": ["id-0"], "rejected": [rejection]}
    original, api.ingest = api.ingest, lambda _: answer
    with pytest.raises(ApiFailed):
        run(numbered(2))
    api.ingest = original
    assert run(numbered(2))[0].parts() == {"stored": 2}


ROWS = [
    *[*numbered(7), ("id-1", "text 1"), ("x", ""), ("y", "bad 5"), *numbered(9, "edited")[5:]],
    *[("old", "old one"), ("z", ""), ("last", "x")],
]


@pytest.fixture
def save(monkeypatch):
    """A function that makes the journal's n-th save, and each later one, kill the process."""
    original = Journal.save
    saves: list[int] = []

    def plan(number):
        saves[:] = [number]

    def save(journal):
        saves[0] -= 1
        if saves[0] == 0:
            journal.rejected.flush()
            raise Killed
        original(journal)

    monkeypatch.setattr(Journal, "save", save)
    return plan


@pytest.mark.parametrize("place", ["before the call", "after the call", "before the save"])
def test_import_that_is_killed_at_any_step_continues(tmp_path, save, place):
    """Each row is settled once; what was on its way counts as a repeat, or as stored."""
    number, is_over = 0, False
    while not is_over:
        number += 1
        api = FakeApi()
        api.texts = {"id-5": "text 5", "id-7": "before", "id-8": "before"}
        save(number if place == "before the save" else 0)
        api.kill_at = 0 if place == "before the save" else number
        api.is_made = place == "after the call"
        is_over = True
        for _ in range(2):
            with Journal(tmp_path / str(number), "content", KEY) as journal:
                start = journal.progress.account.rows
                one = Sending(api, journal, is_update=True)
                try:
                    one.send(Converter(ROWS))
                    one.update()
                    break
                except Killed:
                    is_over = api.kill_at = False
        assert start > 0 or is_over or number < 5
        account = journal.progress.account
        assert sum(account.parts().values()) == account.rows == len(ROWS)
        assert api.texts == {
            **dict(numbered(7)),
            "id-7": "edited 7",
            "id-8": "edited 8",
            "old": "old one",
            "last": "x",
        }
        lines = [entry["line"] for entry in journal.rejected.values()]
        assert lines == [10, 11, 12, 13, 17]
        assert account.merged == 1
    assert number > 5


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(["", "x", "y", "bad", "old"])),
        max_size=30,
    ),
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["x", "y", "old"])),
    st.booleans(),
    st.tuples(st.integers(0, 12), st.booleans()),
)
def test_account_adds_up_whatever_the_rows(tmp_path_factory, rows, stored, update, kill):
    """Also after a crash; with an update every row is in, but for those that are refused."""
    api, root = FakeApi(), tmp_path_factory.mktemp("imports")
    api.texts = dict(stored)
    api.kill_at, api.is_made = kill
    for _ in range(2):
        with Journal(root, "content", KEY) as journal:
            try:
                one = Sending(api, journal, update)
                one.send(Converter(rows))
                one.update()
                break
            except Killed:
                api.kill_at = 0
    account = journal.progress.account
    parts = account.parts()
    assert sum(parts.values()) == account.rows == len(rows)
    assert min(parts.values(), default=0) >= 0
    first: dict[str, str] = {}
    for name, text in rows:
        if text:
            first.setdefault(name, text)
    texts = {name: text for name, text in first.items() if text != "bad"}
    expected = {**stored, **texts} if update else {**texts, **stored}
    assert api.texts == expected
    reasons = Counter(entry["reason"] for entry in journal.rejected.values())
    assert reasons.total() == account.refused
    assert json.loads(json.dumps(account.to_json()))["rows"] == len(rows)


def test_import_that_is_killed_again_and_again_continues(tmp_path, api, save):
    """Each run goes on where the one before ended, and cuts what that one wrote past it."""
    rows = [(f"id-{n}", "" if n % 10 == 9 else f"text {n}") for n in range(60)]
    starts = []
    for _ in range(50):
        save(3)
        with Journal(tmp_path, "content", KEY) as journal:
            starts.append(journal.progress.account.rows)
            refused = journal.progress.account.refused
            journal.rejected.flush()
            assert len(list(journal.rejected.values())) == refused
            try:
                Sending(api, journal).send(Converter(rows))
                break
            except Killed:
                continue
    assert len(starts) > 3
    assert starts == sorted(set(starts))
    assert journal.progress.account.refused == 6
    assert api.texts == {name: text for name, text in rows if text}


def test_other_options_or_another_target_begin_anew(tmp_path, api):
    """And RESTART=1."""
    root = tmp_path / "imports"

    def begin(key=KEY, content="content", **options):
        with Journal(root, content, key, **options) as journal:
            rows = journal.progress.account.rows
            Sending(api, journal).send(Converter([*numbered(5), ("x", "")]))
            assert len(list(journal.rejected.values())) == 1
            return rows

    assert begin() == 0
    assert begin() == 6
    assert begin({**KEY, "text": "body"}) == 0
    assert begin({**KEY, "api": "http://localhost/2"}) == 0
    assert begin({**KEY, "api": "http://localhost/2"}, is_restarted=True) == 0
    assert begin(content="changed") == 0


def test_second_import_of_a_file_is_refused(tmp_path):
    """As long as the first one runs."""
    with Journal(tmp_path, "content", KEY):
        with pytest.raises(ImportRuns, match="FILE: another import"):
            Journal(tmp_path, "content", KEY)
        Journal(tmp_path, "other", KEY).__exit__(None, None, None)
    with Journal(tmp_path, "content", KEY):
        pass


@pytest.mark.parametrize("damage", ["rejected.jsonl", "journal.json"])
def test_damaged_journal_begins_anew(tmp_path, api, damage):
    """Of a machine that lost its power: the files do not fit together."""
    with Journal(tmp_path, "content", KEY) as journal:
        Sending(api, journal).send(Converter([*numbered(5), ("x", "")]))
    (tmp_path / "content" / damage).write_bytes(b"{")
    with Journal(tmp_path, "content", KEY) as journal:
        assert journal.progress.account.rows == 0
        assert list(journal.rejected.values()) == []
