"""Erasures through the API of the sandbox, from the request to the last object."""

import json
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import urllib3

from echostream.adapters.athena import Athena
from echostream.adapters.s3_lake import S3Lake
from echostream.domain.codec import scored_to_wire
from echostream.domain.lake import Batch
from echostream_cli.lake.compact import compact
from tests.accounts import Account
from tests.builders import scored
from tests.commands import run
from tests.polling import wait_until
from tests.traces import traces

HTTP = urllib3.PoolManager(timeout=60)
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
def account(settings, sandbox, name):
    return Account(settings, sandbox, name, tenant=name).with_password()


@pytest.fixture
def call(sandbox, account):
    """A function that sends a request as the user; returns the status and the JSON body."""

    def send(method, path):
        headers = {"Authorization": f"Bearer {account.api._user.token()}"}
        response = HTTP.request(method, sandbox["API_URL"] + path, headers=headers)
        return response.status, json.loads(response.data)

    return send


@pytest.fixture
def erase(call):
    """A function that erases what a path names, and waits until it is done; the receipt."""

    def erase_path(path, on_answer=lambda: None):
        status, erasure = call("DELETE", path)
        assert status == 202, erasure
        on_answer()
        receipts = []

        def is_done():
            _, receipt = call("GET", f"/erasures/{erasure['id']}")
            receipts.append(receipt)
            return receipt["state"] == "done"

        assert wait_until(is_done, 120), receipts[-1]
        return receipts[-1]

    return erase_path


@pytest.fixture
def search(settings, sandbox):
    """A function that returns where texts are stored."""
    clients = [settings.target.client(name) for name in ("dynamodb", "s3")]
    return lambda *texts: traces(*clients, sandbox["TABLE_NAME"], sandbox["LAKE_BUCKET"], *texts)


@pytest.fixture
def lake(settings, sandbox, name):
    """A function that adds documents of yesterday, compacts them, and adds a result of a query."""
    s3, bucket = settings.target.client("s3"), sandbox["LAKE_BUCKET"]

    def add(author, text):
        old = scored_to_wire(scored(f"{name}-old", text=f"{text} yesterday", at=YESTERDAY))
        rows = [{**old, "author": author}, {**old, "id": f"{name}-kept", "text": "kept"}]
        S3Lake(s3, bucket).write("enriched", Batch(name, YESTERDAY, name), rows)
        assert compact(settings.target)["failed"] == {}
        s3.put_object(Bucket=bucket, Key=f"results/{name}.csv", Body=text.encode())

    return add


@pytest.fixture
def count_sql(settings, sandbox, name):
    """A function that returns the years and their numbers of documents, by SQL over the lake."""
    athena = Athena(settings.target.client("athena"), sandbox["WORKGROUP"], sandbox["DATABASE"])
    sql = (
        "SELECT date_format(created_at, '%Y'), count(*) FROM documents"
        f" WHERE tenant_id = '{name}' GROUP BY 1"
    )
    return lambda: set(athena.query(sql).rows)


def total(api):
    return sum(bucket["total"] for bucket in api.stats()["buckets"])


def test_nothing_of_an_erased_author_is_left(lake, account, erase, search, name):
    """In table, counters, raw/, enriched/, Parquet and results; the others' documents stay."""
    author = f'{name} "O\'Hara" 100% /\\ \U0001f469\u200d\U0001f680 #&=+'
    text = f"secret of {name}"
    account.send(*(f"{text} {n}" for n in range(30)), author=author)
    account.send("kept", author="bea")
    lake(author, text)
    found = search(text)
    assert any(key.endswith(".parquet") for key in found)
    assert wait_until(lambda: any(f"enriched/tenant_id={name}/" in key for key in search(text)))

    receipt = erase("/authors/" + quote(author, safe=""))

    assert search(text, author) == []
    assert receipt["erased"]["table"] == {"objects": 30, "documents": 30}
    assert receipt["erased"]["enriched"]["documents"] == 31
    assert [row["text"] for row in account.api.query()["documents"]] == ["kept"]
    assert wait_until(lambda: total(account.api) == 1)
    assert any(".parquet" in key for key in search(f"{name}-kept"))


def test_document_is_erased_at_once(account, erase, call, name):
    """It is gone from the table when the request is answered, and its id can be used again."""
    documents = [{"id": f"a/b?#{name}", "text": "first"}, {"id": "other", "text": "kept"}]
    account.api.ingest(documents)
    path = "/api/documents/" + quote(f"a/b#{name}", safe="")
    assert call("DELETE", path)[0] == 202
    assert len(account.api.query()["documents"]) == 2
    account.api.ingest([{"id": f"x {name}%", "text": "first"}])
    path = "/api/documents/" + quote(f"x {name}%", safe="")
    status, erasure = call("DELETE", path)
    assert (status, erasure["erased"]["table"]) == (202, {"objects": 1, "documents": 1})
    assert account.api.ingest([{"id": f"x {name}%", "text": "second"}])["accepted"] == 1
    texts = {row["text"] for row in account.api.query()["documents"]}
    assert texts == {"first", "kept", "second"}


def test_other_tenants_documents_stay(settings, sandbox, account, erase, name):
    """With the same id and the same author; they do not see the erasure either."""
    other = Account(settings, sandbox, f"{name}o", tenant=f"{name}o").with_password()
    for one in (account, other):
        one.api.ingest([{"id": "same", "text": "a", "author": "ann"}])
    receipt = erase("/documents/same")
    assert account.api.query()["documents"] == []
    assert len(other.api.query()["documents"]) == 1
    headers = {"Authorization": f"Bearer {other.api._user.token()}"}
    for path, expected in ((f"/erasures/{receipt['id']}", 404), ("/erasures", 200)):
        response = HTTP.request("GET", sandbox["API_URL"] + path, headers=headers)
        assert response.status == expected
    assert json.loads(response.data) == {"erasures": []}


def test_requests_are_listed_and_checked(call, erase):
    """Newest first; a name that no document can have, and an unknown parameter, are refused."""
    for path in ("/documents/unknown", "/authors/nobody"):
        assert sum(sums["documents"] for sums in erase(path)["erased"].values()) == 0
    assert [one["kind"] for one in call("GET", "/erasures")[1]["erasures"]] == [
        "author",
        "document",
    ]
    for path in ("/authors/" + "x" * 257, "/authors/a?b=c", "/documents/" + "x" * 129):
        status, content = call("DELETE", path)
        assert (status, "error" in content) == (400, True)


def all_documents(api):
    """The documents of all pages."""
    cursor = None
    while True:
        page = api.query(limit=500, cursor=cursor)
        yield from page["documents"]
        cursor = page["cursor"]
        if cursor is None:
            return


def test_documents_that_arrive_meanwhile_stay(account, erase, search, name):
    """Of those that were sent before the request none is left, of those after the response all."""
    sent = {"before": 0, "after": 0}
    stop, is_answered = threading.Event(), threading.Event()

    def send():
        while not stop.is_set() or sent["after"] < 3:
            when = "after" if is_answered.is_set() else "before"
            text = f"{name} {when} {sent[when]}."
            account.api.ingest([{"text": text, "author": "ann"}])
            sent[when] += 1

    sender = threading.Thread(target=send)
    sender.start()
    assert wait_until(lambda: sent["before"] > 2)
    before = sent["before"] - 1
    receipt = erase("/authors/ann", is_answered.set)
    stop.set()
    sender.join()
    assert receipt["erased"]["table"]["documents"] >= before
    assert search(*(f"{name} before {n}." for n in range(before))) == []
    rows = list(all_documents(account.api))
    after = {f"{name} after {n}." for n in range(sent["after"])}
    assert after - {row["text"] for row in rows} == set()

    def is_in_the_lake():
        keys = search(f"{name} after 0.")
        return all(any(key.startswith(f"{zone}/") for key in keys) for zone in ("raw", "enriched"))

    assert wait_until(is_in_the_lake)
    assert wait_until(lambda: total(account.api) == len(rows))


def test_operator_erases_an_author(settings, account, name):
    """The command waits for the first round; a list shows the erasure."""
    account.send("a text", author="Ann O'Hara $HOME")
    arguments = ("--author", "Ann O'Hara $HOME", "--tenant", name)
    process = run(settings.environment(), "erase", *arguments)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "  table       1 items, 1 documents" in process.stdout
    assert account.api.query()["documents"] == []
    process = run(settings.environment(), "erasures", "--tenant", name, "--json")
    [erasure] = json.loads(process.stdout)
    resumed = run(
        settings.environment(), "erase", "--resume", erasure["id"], "--tenant", name, "--json"
    )
    assert json.loads(resumed.stdout)["id"] == erasure["id"]


def test_old_documents_are_imported_once_and_erased(account, erase, search, count_sql):
    """Of past years, sent twice: SQL has them by the time they were written, the table has not."""
    author = "ann of past years"
    years = ("2024-02-29T12:00:00Z", "2023-06-01T08:30:00Z", "2018-01-01T00:00:00Z")
    old = [
        {"id": f"old-{at[:4]}", "text": f"I love {at}", "author": author, "created_at": at}
        for at in years
    ]
    account.send("new", author="bea")
    first = account.api.ingest(old)
    assert (first["accepted"], first["lake_only"], first["rejected"]) == (3, 3, [])
    again = account.api.ingest(old)
    assert (again["accepted"], again["repeated"], again["lake_only"]) == (3, 3, 0)
    assert again["ids"] == first["ids"]
    expected = {("2018", "1"), ("2023", "1"), ("2024", "1")}
    assert wait_until(lambda: expected <= count_sql())
    assert count_sql() - expected == {(f"{datetime.now(UTC):%Y}", "1")}
    assert [row["text"] for row in account.api.query()["documents"]] == ["new"]
    assert total(account.api) == 1

    receipt = erase("/authors/" + quote(author, safe=""))

    assert receipt["erased"]["enriched"]["documents"] == 3
    assert search(author) == []
    assert len(count_sql()) == 1
