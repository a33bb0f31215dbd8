"""Sessions of a role that reaches the data of one tenant only.

The policies of the role have the tenant as a variable, `${aws:PrincipalTag/tenant}`. STS sets it
for a session, from a tag that nobody can change later. A process keeps the sessions of the tenants
that it served last.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

TAG = "tenant"
"""The session's tag that the policies name."""
DURATION = timedelta(hours=1)
"""STS's limit for a session that a role's session starts."""
RENEW_BEFORE = timedelta(minutes=10)
"""The time before its end at which a session is replaced."""
LONGEST_CALL = timedelta(minutes=3)
"""Longer than any call of a function: a session that lasts as long serves one more call."""
MAX_TENANTS = 64
"""Tenants whose sessions a process keeps; the one that it served longest ago is dropped first."""

_Adapters = TypeVar("_Adapters")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials, and the time at which they end."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(repr=False)
    expires_at: datetime

    def arguments(self) -> dict[str, str]:
        """The credentials as arguments of botocore's `create_client`."""
        return {
            "aws_access_key_id": self.access_key,
            "aws_secret_access_key": self.secret_key,
            "aws_session_token": self.token,
        }


class TenantSessions(Generic[_Adapters]):
    """The adapters of each tenant; `make` creates them from credentials. Threads may share it."""

    def __init__(
        self,
        client: "STSClient",
        role: str,
        make: Callable[[Credentials], _Adapters],
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._role = role
        self._make = make
        self._clock = clock
        self._sessions: OrderedDict[str, tuple[datetime, _Adapters]] = OrderedDict()
        self._lock = Lock()

    def of(self, tenant: str) -> _Adapters:
        """A tenant's adapters. Raises `TryAgain` if STS issues no credentials."""
        with self._lock:
            return self._of(tenant)

    def _of(self, tenant: str) -> _Adapters:
        known = self._sessions.pop(tenant) if tenant in self._sessions else None
        expires_at, adapters = known or self._new(tenant)
        left = expires_at - self._clock()
        if left < RENEW_BEFORE:
            try:
                expires_at, adapters = self._new(tenant)
            except TryAgain:
                if left < LONGEST_CALL:
                    raise
        self._sessions[tenant] = expires_at, adapters
        if len(self._sessions) > MAX_TENANTS:
            self._sessions.popitem(last=False)
        return adapters

    def _new(self, tenant: str) -> tuple[datetime, _Adapters]:
        credentials = self._assume_role(tenant)
        return credentials.expires_at, self._make(credentials)

    def _assume_role(self, tenant: str) -> Credentials:
        """Credentials of a new session.

        Each error can end by itself: IAM takes some seconds to apply a new role or policy.
        """
        try:
            response = self._client.assume_role(
                RoleArn=self._role,
                RoleSessionName=f"@{tenant}",  # 2 to 64 characters
                DurationSeconds=int(DURATION.total_seconds()),
                Tags=[{"Key": TAG, "Value": tenant}],
            )
        except (ClientError, BotoCoreError) as error:
            raise TryAgain(f"credentials: {error}") from error
        issued = response["Credentials"]
        return Credentials(
            issued["AccessKeyId"],
            issued["SecretAccessKey"],
            issued["SessionToken"],
            issued["Expiration"],
        )
