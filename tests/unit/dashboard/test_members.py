"""What admins see of members and erasures, and what they are told of a change."""

import pytest

from dashboard.data import members
from dashboard.data.errors import ServiceError
from echostream_client.admin_calls import AdminCalls
from echostream_client.api import ApiFailed

AT = "2026-01-31T09:30:00Z"


class FakeApi(AdminCalls):
    """Gives one response to all calls, or raises it; it remembers method and path."""

    def __init__(self, response):
        self.response = response
        self.calls = []

    def _call(self, method, path, **_):
        self.calls.append(f"{method} {path}")
        if isinstance(self.response, Exception):
            raise self.response
        return self.response


def member(name, kind="person", **fields):
    return {"name": name, "kind": kind, "roles": ["reader", "admin"], "added_at": AT, **fields}


def test_members_are_a_row_each_and_machines_once():
    """A machine user has a row for each client; a person has none."""
    listed = [member("ann"), *(member("m", "machine", client_id=id_) for id_ in ("c1", "c2"))]
    found = members.list_members(FakeApi({"members": listed}))
    assert found.people == {"ann": ("reader", "admin")}
    assert list(found.machines) == ["m"]
    assert list(found.table["Client id"].fillna("")) == ["", "c1", "c2"]
    assert list(found.table["Kind"]) == ["Person", "Machine user", "Machine user"]
    assert members.list_members(FakeApi({"members": []})).table.empty


def test_erasures_are_a_row_each():
    """Running ones have no end; unsearched objects are counted."""
    one = {
        "kind": "author",
        "state": "settling",
        "requested_at": AT,
        "finished_at": None,
        "erased": {"table": {"objects": 3, "documents": 3}},
        "unsearched": ["raw/x"],
    }
    done = {**one, "state": "done", "finished_at": AT, "erased": {}, "unsearched": []}
    table = members.list_erasures(FakeApi({"erasures": [one, done]}))
    assert list(table["State"]) == ["Waiting for the second round", "Done"]
    assert list(table["Documents"]) == [3, 0]
    assert list(table["Unsearched objects"]) == [1, 0]
    assert list(table["Finished"].isna()) == [True, False]


def test_credentials_are_shown_but_not_in_a_repr():
    """Which a log or an error would have."""
    made = {
        "name": "m*",
        "client_id": "c1",
        "client_secret": "a secret",
        "token_url": "https://t",
        "scope": "echostream/writer",
    }
    api = FakeApi(made)
    for change in (
        members.create_machine(api, "m*", ["writer"]),
        members.rotate_machine(api, "m*", now=True),
    ):
        assert change.secrets["client_secret"] == "a secret"
        assert "a secret" not in repr(change)
        assert r"m\*" in change.text


def test_erasure_needs_the_same_name_twice():
    """Otherwise nothing is sent."""
    api = FakeApi({})
    for name, repeated in (("", ""), ("ann", "Ann"), ("ann", "ann ")):
        with pytest.raises(ServiceError, match=r"Nothing was changed\."):
            members.erase(api, "author", name, repeated)
    assert api.calls == []
    members.erase(api, "author", "ann", "ann")
    members.erase(api, "document", "post-17", "post-17")
    assert api.calls == ["DELETE /authors/ann", "DELETE /documents/post-17"]


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (ApiFailed(409, "last_admin", "HTTP 409: ann: is the last admin"), "not_changed", "admin"),
        (ApiFailed(400, "invalid_value", "HTTP 400: name: too long"), "not_changed", "too long"),
        (ApiFailed(404, "unknown_member", "HTTP 404: name: nobody"), "not_changed", "nobody"),
        (ApiFailed(403, "role_needed", "HTTP 403: no"), "admin_needed", "the role admin"),
        (ApiFailed(403, "not_a_member", "HTTP 403: no"), "forbidden", "no tenant"),
        (ApiFailed(401, "http_error", "HTTP 401: no"), "ended", "ended"),
        (ApiFailed(503, "try_again", "HTTP 503: later"), "failed", "HTTP 503"),
        (ApiFailed(None, "late", "no response"), "late", "too long"),
    ],
)
def test_failures_have_messages(error, kind, text):
    """A refused change has the reason of the API; the others those of all pages."""
    with pytest.raises(ServiceError, match=text) as caught:
        members.remove(FakeApi(error), "ann")
    assert caught.value.kind == kind
