"""The deployment that the dashboard shows: the sandbox, or a stage on AWS.

The command `echostream dashboard` selects a stage by environment variables. With the page's address
in SITE_URL, sign-in and the API need no AWS credentials. Health, History and Engines call AWS with
an operator's credentials.
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
    """The addresses of a deployment. Calls through `target` need an operator's credentials.

    People sign in at `site_url`, which is empty for a deployment without a page. `sandbox` are the
    sandbox's settings, None on a stage. `bind_host` is the address on which the dashboard listens.
    `mfa` is the template's parameter; off where the stack is not read.
    """

    target: Target
    api_url: str
    site_url: str
    client_id: str
    bind_host: str
    sandbox: Settings | None = None
    mfa: str = "off"

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
        """Whether every viewer may sign in as the demo user."""
        return self.sandbox is not None and self.is_local

    def shows_operations(self, tenant: str) -> bool:
        """Whether a member of a tenant may see the components, logs and spend of all tenants.

        In the sandbox: members of the demo tenant. On a stage: every member, if only this machine
        reaches the dashboard.
        """
        return tenant == DEMO_TENANT if self.sandbox else self.is_local


@st.cache_resource(ttl=30, show_spinner=False)
def deployment() -> Deployment:
    """The deployment, cached for all viewers until `deployment.clear()`. Raises `UserError`."""
    return read(os.environ)


def read(environ: Mapping[str, str]) -> Deployment:
    """The deployment that the environment variables select. Raises `UserError`."""
    stage = environ.get(STAGE, "")
    if not stage:
        return _sandbox(load_running())
    target = stages.target(stage, environ.get(ENDPOINT, ""))
    host = environ.get("STREAMLIT_SERVER_ADDRESS", HOST)
    if environ.get(SITE_URL):
        url = environ[SITE_URL].rstrip("/")
        return Deployment(target, f"{url}/api", url, _client_id(url), host)
    try:
        values = target.outputs()
    except UserError as error:
        raise UserError(
            f"{error}. Without AWS credentials, set the page's address: SITE_URL=https://..."
        ) from error
    addresses = (values["ApiUrl"], values.get("SiteUrl", ""))
    mfa = values.get("Mfa", "off")
    return Deployment(target, *addresses, values["UserPoolClientId"], host, mfa=mfa)


def _sandbox(settings: Settings) -> Deployment:
    values = outputs(settings)
    return Deployment(
        settings.target,
        values["API_URL"],
        values["SITE_URL"],
        values["USER_POOL_CLIENT_ID"],
        settings.bind_host,
        settings,
        settings.target.outputs().get("Mfa", "off"),
    )


def _client_id(url: str) -> str:
    """The id of the user pool's client, from the configuration of the page at this address."""
    try:
        response = urllib3.request("GET", f"{url}/config.json", timeout=10, retries=2)
        return str(response.json()["userPoolClientId"])
    except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"SITE_URL: no EchoStream page at {url}: {error}") from error
