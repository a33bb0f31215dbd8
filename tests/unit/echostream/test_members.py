"""The directory of members, in memory and in moto's DynamoDB, and its values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.domain.errors import BadRequest
from echostream.domain.members import ALL_ROLES, Identity, Role, format_roles, parse_roles
from tests import aws
from tests.directory_contract import DirectoryContract
from tests.fakes import MemoryDirectory
from tests.unit.echostream_cli.filled_table import create_table


class TestMemoryDirectory(DirectoryContract):
    @pytest.fixture
    def directory(self):
        return MemoryDirectory()

    @pytest.fixture
    def tenant(self):
        return "acme"


class TestDynamoDBDirectory(DirectoryContract):
    @pytest.fixture
    def directory(self):
        with aws.mock_table():
            client = aws.client("dynamodb")
            create_table(client, "members")
            yield DynamoDBDirectory(client, "members")

    @pytest.fixture
    def tenant(self):
        return "acme"


@given(st.sampled_from(["person", "machine"]), st.text(min_size=1))
def test_identity_is_read_from_its_text(kind, name):
    """Whatever the user name is."""
    identity = Identity(kind, "us-east-1_aB3", name)
    assert Identity.parse(str(identity)) == identity


@pytest.mark.parametrize("text", ["", "person", "person#pool", "person##ann", "user#pool#ann", "#"])
def test_text_without_identity_is_refused(text):
    """A claim of another program, or none."""
    assert Identity.parse(text) is None


def test_roles_are_read_and_written():
    """In any order, with commas or spaces; they are written in one order."""
    assert parse_roles("writer, reader") == {Role.READER, Role.WRITER}
    assert format_roles(parse_roles("writer,reader")) == "reader writer"
    assert parse_roles(format_roles(ALL_ROLES)) == ALL_ROLES
    for text in ("", "owner", "reader owner"):
        with pytest.raises(BadRequest, match="roles: must be of reader, writer, admin"):
            parse_roles(text)
