"""Calls of the API that need the role admin: members, machine users, live sources, erasures."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from echostream.domain.codec import to_json


class AdminCalls:
    """The calls, all of which raise `ApiFailed`. A part of `ApiClient`.

    A secret is in the response to one request only. Hence a request that makes one is not repeated:
    a second rotation would end the credentials that a program has. Nor is one that adds a source,
    whose repeat would say that the name is taken.
    """

    def _call(
        self, method: str, path: str, *, body: str | None = None, is_repeated: bool = True
    ) -> dict[str, Any]:
        raise NotImplementedError

    def members(self) -> dict[str, Any]:
        """`GET /members`: people and machine users of the tenant, by name."""
        return self._call("GET", "/members")

    def invite(self, name: str, roles: Iterable[str]) -> dict[str, Any]:
        """`POST /members`: add a person; the response has `temporary_password`."""
        return self._call("POST", "/members", body=to_json({"name": name, "roles": list(roles)}))

    def set_roles(self, name: str, roles: Iterable[str]) -> dict[str, Any]:
        """`PUT /members/{name}`: replace the roles of a person."""
        path = f"/members/{quote(name, safe='')}"
        return self._call("PUT", path, body=to_json({"roles": list(roles)}))

    def remove_member(self, name: str) -> dict[str, Any]:
        """`DELETE /members/{name}`: remove a person."""
        return self._call("DELETE", f"/members/{quote(name, safe='')}")

    def create_machine(self, name: str, roles: Iterable[str]) -> dict[str, Any]:
        """`POST /machines`: create a machine user; the response has its credentials."""
        body = to_json({"name": name, "roles": list(roles)})
        return self._call("POST", "/machines", body=body, is_repeated=False)

    def rotate_machine(self, name: str, *, now: bool = False) -> dict[str, Any]:
        """`POST /machines/{name}/rotate`: new credentials; with `now` all others end at once."""
        path = f"/machines/{quote(name, safe='')}/rotate"
        return self._call("POST", path, body=to_json({"now": now}), is_repeated=False)

    def remove_machine(self, name: str) -> dict[str, Any]:
        """`DELETE /machines/{name}`: remove a machine user with all its credentials."""
        return self._call("DELETE", f"/machines/{quote(name, safe='')}")

    def live_sources(self) -> dict[str, Any]:
        """`GET /live-sources`: the live sources, and the kinds that can be added; for readers."""
        return self._call("GET", "/live-sources")

    def add_live_source(self, source: Mapping[str, Any]) -> dict[str, Any]:
        """`POST /live-sources`: read a source from now on.

        It has `name` and `kind`, and may have `settings`, `credentials`, `interval` and `budget`.
        """
        return self._call("POST", "/live-sources", body=to_json(source), is_repeated=False)

    def pause_live_source(self, name: str) -> dict[str, Any]:
        """`POST /live-sources/{name}/pause`: read a source no more."""
        return self._call("POST", f"/live-sources/{quote(name, safe='')}/pause")

    def resume_live_source(self, name: str) -> dict[str, Any]:
        """`POST /live-sources/{name}/resume`: read a source within a minute."""
        return self._call("POST", f"/live-sources/{quote(name, safe='')}/resume")

    def remove_live_source(self, name: str) -> dict[str, Any]:
        """`DELETE /live-sources/{name}`: remove a source with its credentials."""
        return self._call("DELETE", f"/live-sources/{quote(name, safe='')}")

    def destinations(self) -> dict[str, Any]:
        """`GET /destinations`: the destinations to which alerts are sent; for readers."""
        return self._call("GET", "/destinations")

    def add_destination(self, destination: Mapping[str, Any]) -> dict[str, Any]:
        """`POST /destinations`: send alerts to a destination from now on.

        It has `name`, `kind` and `address`, and may have `with_texts` and `sends`. The response for
        a webhook has its signing secret, for the only time.
        """
        return self._call("POST", "/destinations", body=to_json(destination), is_repeated=False)

    def test_destination(self, name: str) -> dict[str, Any]:
        """`POST /destinations/{name}/test`: send a test message now."""
        path = f"/destinations/{quote(name, safe='')}/test"
        return self._call("POST", path, is_repeated=False)

    def remove_destination(self, name: str) -> dict[str, Any]:
        """`DELETE /destinations/{name}`: remove a destination with its credentials."""
        return self._call("DELETE", f"/destinations/{quote(name, safe='')}")

    def erase_document(self, name: str) -> dict[str, Any]:
        """`DELETE /documents/{id}`: erase a document from every store; the erasure."""
        return self._call("DELETE", f"/documents/{quote(name, safe='')}")

    def erase_documents(self, ids: Sequence[str]) -> dict[str, Any]:
        """`POST /erasures`: erase the documents with 1 to 500 ids from every store; the erasure."""
        return self._call("POST", "/erasures", body=to_json({"ids": list(ids)}))

    def erase_author(self, author: str) -> dict[str, Any]:
        """`DELETE /authors/{author}`: erase an author's documents from every store; the erasure."""
        return self._call("DELETE", f"/authors/{quote(author, safe='')}")

    def discard(self, item_id: str) -> dict[str, Any]:
        """`DELETE /quarantine/{id}`: delete an item of the quarantine."""
        return self._call("DELETE", f"/quarantine/{quote(item_id, safe='')}")

    def erasures(self) -> dict[str, Any]:
        """`GET /erasures`: the newest erasures."""
        return self._call("GET", "/erasures")

    def erasure(self, erasure_id: str) -> dict[str, Any]:
        """`GET /erasures/{id}`: how far an erasure is."""
        return self._call("GET", f"/erasures/{quote(erasure_id, safe='')}")
