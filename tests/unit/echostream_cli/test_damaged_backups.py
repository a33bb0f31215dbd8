"""Files that a restore refuses, and backups that cannot be written."""

import gzip
import json

import pytest

from echostream.domain.codec import time_to_wire
from echostream_cli.errors import UserError
from echostream_cli.operate import backup_file
from echostream_cli.operate.backup import backup
from echostream_cli.operate.backup_file import Header, InvalidBackup
from echostream_cli.operate.restore import restore
from tests.aws import client, mock_table
from tests.builders import NOW
from tests.unit.echostream_cli.filled_table import KEYS, create_table, fill_table


@pytest.fixture
def dynamodb():
    with mock_table():
        yield client("dynamodb")


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """The bytes of a valid backup, for tests that damage it."""
    path = tmp_path_factory.mktemp("backup") / "backup.jsonl.gz"
    with mock_table():
        fill_table(client("dynamodb"))
        backup(client("dynamodb"), "echostream", "before", path, NOW)
    return path.read_bytes()


def truncated(data):
    return data[: len(data) // 2]


def changed_text(data):
    return gzip.compress(gzip.decompress(data).replace(b"some words", b"same words", 1))


def without_last_line(data):
    return gzip.compress(b"".join(gzip.decompress(data).splitlines(keepends=True)[:-1]))


def with_lines_after_the_end(data):
    return data + gzip.compress(b'{"Item": {}}\n')


def later_format(data):
    header, items = gzip.decompress(data).split(b"\n", 1)
    header = json.dumps({**json.loads(header), "echostream_backup": 2}).encode()
    return gzip.compress(header + b"\n" + items)


def one_wrong_byte(data):
    """In gzip's checksum: another byte may also change an item into one that cannot be read."""
    at = len(data) - 8
    return data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (truncated, "truncated"),
        (changed_text, "do not match its checksum"),
        (without_last_line, "truncated after 37 items"),
        (with_lines_after_the_end, "has lines after its end"),
        (later_format, "has format 2"),
        (one_wrong_byte, "damaged"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_damaged_backup_is_refused_before_anything_is_written(
    content, dynamodb, tmp_path, damage, message
):
    """The message names the file and the damage; the table stays empty."""
    file = tmp_path / "backup.jsonl.gz"
    file.write_bytes(damage(content))
    create_table(dynamodb, "after")
    with pytest.raises(InvalidBackup, match=f"{file}: .*{message}"):
        restore(dynamodb, "after", 4, file, NOW)
    assert dynamodb.scan(TableName="after")["Count"] == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"id,text\n", gzip.compress(b""), gzip.compress(b"{}")],
    ids=["empty", "csv", "empty gzip", "gzip of other JSON"],
)
def test_file_that_is_no_backup_is_refused(dynamodb, tmp_path, content):
    """The message names the file."""
    path = tmp_path / "file"
    path.write_bytes(content)
    create_table(dynamodb, "after")
    with pytest.raises(InvalidBackup, match=str(path)):
        restore(dynamodb, "after", 4, path, NOW)


def test_restore_into_a_table_with_other_keys_is_refused(content, dynamodb, tmp_path):
    """The items of the backup do not fit such a table."""
    file = tmp_path / "backup.jsonl.gz"
    file.write_bytes(content)
    create_table(dynamodb, "other", [{"AttributeName": "pk", "KeyType": "HASH"}])
    with pytest.raises(InvalidBackup, match="other keys"):
        restore(dynamodb, "other", 4, file, NOW)


def test_failed_backup_leaves_the_previous_file(tmp_path):
    """Only a complete backup replaces it; only its owner can read it."""
    path = tmp_path / "backup.jsonl.gz"
    header = Header("s", "t", KEYS, time_to_wire(NOW))
    backup_file.write(path, header, [{"pk": {"S": "member#a"}}])

    def failing_items():
        yield {"pk": {"S": "member#b"}}
        raise ConnectionError

    with pytest.raises(ConnectionError):
        backup_file.write(path, header, failing_items())
    assert list(backup_file.read_items(path)) == [{"pk": {"S": "member#a"}}]
    assert path.stat().st_mode & 0o077 == 0


def test_backup_of_a_missing_table_is_refused(dynamodb, tmp_path):
    """The message names the table, and no file is written."""
    with pytest.raises(UserError, match="no table missing"):
        backup(dynamodb, "echostream", "missing", tmp_path / "file", NOW)
    assert list(tmp_path.iterdir()) == []
