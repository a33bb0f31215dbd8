"""Signed-in users for tests, each with a tenant of their own."""

from datetime import UTC, datetime, timedelta

from echostream.adapters.cognito_pool import CognitoPool, Password
from echostream.domain.members import ALL_ROLES, Member
from echostream_cli import users
from echostream_client.api import ApiClient
from echostream_client.cognito import SignedInUser

PASSWORD = "Tests-have-a-password-1"


class Account:
    """A user of one tenant (None: of no tenant), and an API client with their token."""

    def __init__(self, settings, sandbox, name, tenant, roles=ALL_ROLES):
        self.username, self.password = name, PASSWORD
        cognito = settings.target.client("cognito-idp")
        pool = CognitoPool(cognito, sandbox["USER_POOL_ID"])
        person = pool.create_person(name, Password(PASSWORD))
        self._permanent = lambda: pool.set_password(name, Password(PASSWORD, is_permanent=True))
        if tenant:
            users.ensure_tenant(settings.target, tenant)
            member = Member(person.identity, tenant, roles, name, datetime.now(UTC))
            users.directory(settings.target).add(member)
        self.user = SignedInUser(cognito, sandbox["USER_POOL_CLIENT_ID"], name, PASSWORD)
        self.api = ApiClient(sandbox["API_URL"], self.user)
        self.once = ApiClient(sandbox["API_URL"], self.user, repeats=0)

    def with_password(self):
        """Make the temporary password permanent, so that sign-in needs no new one."""
        self._permanent()
        return self

    def send(self, *texts, **fields):
        """Send texts whose times are one second apart, oldest first."""
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
        response = self.api.ingest(documents)
        assert response["accepted"] == len(texts), response
        assert self.api.wait_until_counted(response["received_at"])


def sign_in(cognito, client, flow, **parameters):
    """The tokens of a sign-in; none if the user pool refuses it."""
    try:
        response = cognito.initiate_auth(ClientId=client, AuthFlow=flow, AuthParameters=parameters)
    except cognito.exceptions.ClientError:
        return {}
    return response["AuthenticationResult"]
