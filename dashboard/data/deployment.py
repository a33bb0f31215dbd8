"""The deployment that the dashboard shows: the sandbox, or a stage on AWS.

The command `echostream dashboard` names a stage by environment variables. With the page's address
the dashboard needs no AWS credentials for sign-in and the API; Health, History and Engines call AWS
with an operator's.
"""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
import urllib3

from echostream_cli import stages
from echostream_cli.errors import UserError
from echostream_cli.frontends.dashboard import ENDPOINT, HOST, SITE_URL, STAGE
from echostream_cli.outputs import outputs
from echostream_cli.settings import Settings, load_running
from echostream_cli.target import Target
from echostream_cli.users import DEMO_TENANT


@dataclass(frozen=True, slots=True)
class Deployment:
    """Addresses for everybody, and `target` for what an operator's credentials allow.

    `sandbox` are the sandbox's settings, None on a stage. `bind_host` is where the dashboard
    listens.
    """

    target: Target
    api_url: str
    client_id: str
    bind_host: str
    sandbox: Settings | None = None

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the dashboard."""
        if self.bind_host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.bind_host).is_loopback
        except ValueError:
            return False

    @property
    def offers_demo(self) -> bool:
        """Whether anybody who sees the dashboard may be the demo user."""
        return self.sandbox is not None and self.is_local

    def shows_operations(self, tenant: str) -> bool:
        """Whether a member may see what concerns all tenants: parts, logs, the whole spend.

        In the sandbox, members of the demo tenant; on a stage, whoever runs the dashboard on their
        own machine.
        """
        return tenant == DEMO_TENANT if self.sandbox else self.is_local


@st.cache_resource(ttl=30, show_spinner=False)
def deployment() -> Deployment:
    """Read once for all viewers; `deployment.clear()` reads anew. Raises `UserError`."""
    return read(os.environ)


def read(environ: Mapping[str, str]) -> Deployment:
    """The deployment that the environment names. Raises `UserError`."""
    stage = environ.get(STAGE, "")
    if not stage:
        return _sandbox(load_running())
    target = stages.target(stage, environ.get(ENDPOINT, ""))
    host = environ.get("STREAMLIT_SERVER_ADDRESS", HOST)
    if environ.get(SITE_URL):
        url = environ[SITE_URL].rstrip("/")
        return Deployment(target, f"{url}/api", _client_id(url), host)
    try:
        named = target.outputs()
    except UserError as error:
        raise UserError(
            f"{error}. Without AWS credentials, name the page: SITE_URL=https://..."
        ) from error
    return Deployment(target, named["ApiUrl"], named["UserPoolClientId"], host)


def _sandbox(settings: Settings) -> Deployment:
    named = outputs(settings)
    return Deployment(
        settings.target,
        named["API_URL"],
        named["USER_POOL_CLIENT_ID"],
        settings.bind_host,
        settings,
    )


def _client_id(url: str) -> str:
    """The user pool's client, as the page at this address names it."""
    try:
        response = urllib3.request("GET", f"{url}/config.json", timeout=10, retries=2)
        return str(response.json()["userPoolClientId"])
    except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"SITE_URL: no EchoStream page answers at {url}: {error}") from error
