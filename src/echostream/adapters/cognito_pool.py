"""The user pool: people with a password, and machines with a client of their own.

A machine gets access tokens with the client credentials grant (RFC 6749, 4.4). The API accepts
tokens of the clients that its authorizer lists as audience.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from echostream.domain.errors import Conflict
from echostream.domain.members import Identity, Role, scope_of

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

MAX_AUDIENCES = 50
"""Of an authorizer (quota of API Gateway, which cannot be raised)."""
TOKEN_MINUTES = 60
"""The lifetime of a machine's access token. Cognito charges for each token."""
MACHINE_PREFIX = "machine."
"""Before the tenant in the names of machines' clients."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the pool. `subject` is Cognito's `sub`, `status` Cognito's state of the user."""

    identity: Identity
    subject: str
    status: str
    is_enabled: bool
    created_at: datetime

    @property
    def is_federated(self) -> bool:
        """Whether an identity provider signs the user in, without a password of the pool."""
        return self.status == "EXTERNAL_PROVIDER"

    @property
    def has_password(self) -> bool:
        """Whether the user has a permanent password, and not only that of the invitation."""
        return self.status != "FORCE_CHANGE_PASSWORD"


@dataclass(frozen=True, slots=True)
class Password:
    """A password; one that is not permanent must be changed at the next sign-in."""

    text: str = field(repr=False)
    is_permanent: bool = False


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a machine signs in with."""

    identity: Identity
    secret: str = field(repr=False)


class CognitoPool:
    """The people and the machines of a user pool."""

    def __init__(self, client: "CognitoIdentityProviderClient", pool: str) -> None:
        self._client = client
        self._pool = pool

    def create_person(self, name: str, password: Password) -> Person:
        """Create a user with a password, which must be changed at the first sign-in.

        Raises `Conflict` if the user was created meanwhile.
        """
        try:
            user: Any = self._client.admin_create_user(
                UserPoolId=self._pool,
                Username=name,
                TemporaryPassword=password.text,
                MessageAction="SUPPRESS",
            )["User"]
        except self._client.exceptions.UsernameExistsException as error:
            raise Conflict("exists", f"{name}: a user of this name exists already") from error
        return self._person(user)

    def set_password(self, name: str, password: Password) -> None:
        """Set the password of a user, by name or by `sub`. Raises `Conflict` if there is none."""
        try:
            self._client.admin_set_user_password(
                UserPoolId=self._pool,
                Username=name,
                Password=password.text,
                Permanent=password.is_permanent,
            )
        except self._client.exceptions.UserNotFoundException as error:
            raise Conflict("removed", "the user was removed meanwhile") from error

    def find_person(self, name: str) -> Person | None:
        """The user with a name; None if there is none.

        A pool of version 1.0 has names with capitals.
        """
        for spelling in dict.fromkeys((name, name.casefold())):
            try:
                user: Any = self._client.admin_get_user(UserPoolId=self._pool, Username=spelling)
            except self._client.exceptions.UserNotFoundException:
                continue
            if user["Username"].casefold() == name.casefold():  # not found by another attribute
                return self._person({**user, "Attributes": user["UserAttributes"]})
        return None

    def people(self) -> Iterator[Person]:
        """All users of the pool."""
        for page in self._client.get_paginator("list_users").paginate(UserPoolId=self._pool):
            yield from map(self._person, page["Users"])

    def _person(self, user: Any) -> Person:
        subject = next(a["Value"] for a in user["Attributes"] if a["Name"] == "sub")
        return Person(
            Identity("person", self._pool, user["Username"]),
            str(subject),
            user["UserStatus"],
            user["Enabled"],
            user["UserCreateDate"],
        )

    def delete_person(self, person: Person) -> None:
        """Delete a user, which revokes the refresh tokens; nothing happens if there is none.

        A later user of the same name is another one, and stays.
        """
        key = person.identity.name if person.is_federated else person.subject
        try:
            self._client.admin_delete_user(UserPoolId=self._pool, Username=key)
        except self._client.exceptions.UserNotFoundException:
            return

    def create_machine(self, tenant: str, label: str, roles: frozenset[Role]) -> Credentials:
        """Create a client of a machine."""
        client = self._client.create_user_pool_client(
            UserPoolId=self._pool,
            ClientName=f"{MACHINE_PREFIX}{tenant}.{label}",
            GenerateSecret=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthScopes=[scope_of(role) for role in Role if role in roles],
            AccessTokenValidity=TOKEN_MINUTES,
            TokenValidityUnits={"AccessToken": "minutes"},
        )["UserPoolClient"]
        return Credentials(
            Identity("machine", self._pool, client["ClientId"]), client["ClientSecret"]
        )

    def delete_machine(self, client_id: str) -> None:
        """Delete a machine's client; nothing happens if there is none."""
        try:
            self._client.delete_user_pool_client(UserPoolId=self._pool, ClientId=client_id)
        except self._client.exceptions.ResourceNotFoundException:
            return

    def machine_ids(self) -> list[str]:
        """The client ids of all machines, also of those whose creation did not end."""
        pages = self._client.get_paginator("list_user_pool_clients").paginate(UserPoolId=self._pool)
        return [
            client["ClientId"]
            for page in pages
            for client in page["UserPoolClients"]
            if client["ClientName"].startswith(MACHINE_PREFIX)
        ]


class ApiAudience:
    """The clients whose tokens the API's authorizer accepts."""

    def __init__(self, client: Any, api: str, authorizer: str) -> None:
        self._client = client
        self._names: Any = {"ApiId": api, "AuthorizerId": authorizer}

    def set(self, clients: Sequence[str]) -> bool:
        """Accept the tokens of exactly these clients. Returns whether the list was changed."""
        configuration: Any = self._client.get_authorizer(**self._names)["JwtConfiguration"]
        if sorted(configuration["Audience"]) == sorted(clients):
            return False
        changed = {"Issuer": configuration["Issuer"], "Audience": list(clients)}
        self._client.update_authorizer(**self._names, JwtConfiguration=changed)
        return True
