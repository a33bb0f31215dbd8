"""Users for tests: each of a tenant of their own, with the API as they see it."""

from datetime import UTC, datetime, timedelta

from echostream_cli import users
from echostream_client.api import ApiClient
from echostream_client.cognito import SignedInUser

PASSWORD = "Tests-have-a-password-1"


class Account:
    """A user of a tenant of their own, and the API as they see it."""

    def __init__(self, settings, sandbox, name, tenant):
        self.username = name
        cognito = settings.target.client("cognito-idp")
        pool = sandbox["USER_POOL_ID"]
        made = cognito.admin_create_user(
            UserPoolId=pool, Username=name, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
        )["User"]["Attributes"]
        self._permanent = lambda: cognito.admin_set_user_password(
            UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True
        )
        sub = next(a["Value"] for a in made if a["Name"] == "sub")
        if tenant:
            users.store(settings, sandbox["TABLE_NAME"]).add_member(sub, tenant)
        user = SignedInUser(cognito, sandbox["USER_POOL_CLIENT_ID"], name, PASSWORD)
        self.api = ApiClient(sandbox["API_URL"], user)

    def with_password(self):
        self._permanent()
        return self

    def send(self, *texts, **fields):
        """Send texts, the first the oldest, a second apart."""
        start = datetime.now(UTC) - timedelta(seconds=len(texts))
        documents = [
            {
                "text": text,
                "created_at": (start + timedelta(seconds=index)).isoformat(),
                "source": "forum",
                **fields,
            }
            for index, text in enumerate(texts)
        ]
        answer = self.api.ingest(documents)
        assert answer["accepted"] == len(texts), answer
