"""Small responses of the API about destinations, and an API that stores them."""

from tests.unit.dashboard.theme_responses import returned

SECRET = "whsec_c2VjcmV0"


def destination(name="mail", kind="email", address="ann@example.org", **changes):
    return {
        "name": name,
        "kind": kind,
        "address": address,
        "with_texts": False,
        "sends": ["alerts"],
        "added_at": "2026-05-20T10:00:00Z",
        "state": "new",
        "error": "",
        "sent_at": None,
        "failed_at": None,
        **changes,
    }


class Destinations:
    """The calls about destinations. `refusal` is raised by those that change something."""

    def __init__(self, *stored):
        self.stored = {one["name"]: one for one in stored}
        self.refusal = None
        self.destination_calls = []

    def destinations(self):
        return {"destinations": [self.stored[name] for name in sorted(self.stored)]}

    def add_destination(self, wanted):
        self._called("add", wanted)
        state = "pending" if wanted["kind"] == "email" else "new"
        made = self.stored[wanted["name"]] = destination(**wanted, state=state)
        return {**made, **({"signing_secret": SECRET} if wanted["kind"] == "webhook" else {})}

    def test_destination(self, name):
        self._called("test", name)
        self.stored[name] |= {"state": "ok", "sent_at": "2026-05-20T11:00:00Z"}
        return self.stored[name]

    def remove_destination(self, name):
        self._called("remove", name)
        return {"name": self.stored.pop(name)["name"]}

    def _called(self, *call):
        self.destination_calls.append(call)
        returned(self.refusal)
