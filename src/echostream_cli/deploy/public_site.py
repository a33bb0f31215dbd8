"""The public address of a deployment, called as a browser calls it."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import urllib3

from echostream_cli.errors import UserError
from echostream_cli.target import Target

TIMEOUT = 60.0
"""Seconds until something that follows the deployment must be visible."""
POLL = 0.5
"""Seconds between two requests."""


class SmokeFailed(UserError):
    """The deployment does not work. The message contains the failed check."""


class PublicSite:
    """The page and the API behind it; without a page, the API alone.

    On AWS the distribution's own name is called, because a domain name of one's own can lead to the
    distribution only after it exists. `api_url` is the address of the API.
    """

    def __init__(self, target: Target) -> None:
        outputs = target.outputs()
        self.has_page = "SiteUrl" in outputs
        self.headers: dict[str, str] = {}
        self.url = _get_page_url(outputs)
        if self.has_page and target.endpoint is not None:
            # Only browsers and curl resolve the names of the emulator's distributions.
            self.headers = {"Host": urlsplit(self.url).netloc}
            self.url = target.endpoint
        self.api_url = f"{self.url}/api" if self.has_page else outputs["ApiUrl"].rstrip("/")
        self._pool = urllib3.PoolManager(timeout=30, retries=urllib3.Retry(3, backoff_factor=0.5))

    def get(self, path: str) -> Any:
        """The page's response, whatever its status. Raises `SmokeFailed` if there is none."""
        return self._get(self.url + path)

    def wait_for_status(self, path: str, status: int, timeout: float) -> None:
        """Ask the API until it returns a status. Raises `SmokeFailed` after `timeout` seconds.

        The edges of a new distribution, and its name, are not ready at the same time.
        """
        deadline = time.monotonic() + timeout
        while (seen := self._get_status(self.api_url + path)) != str(status):
            if time.monotonic() > deadline:
                raise SmokeFailed(f"{path} of the API returns {seen}, not {status}")
            time.sleep(POLL)

    def _get_status(self, url: str) -> str:
        try:
            return str(self._get(url).status)
        except SmokeFailed:
            return "nothing"

    def _get(self, url: str) -> Any:
        try:
            return self._pool.request("GET", url, headers=self.headers)
        except urllib3.exceptions.HTTPError as error:
            raise SmokeFailed(f"no response from {url}: {error}") from error


def _get_page_url(outputs: Mapping[str, str]) -> str:
    url = outputs.get("SiteUrl", "").rstrip("/")
    is_on_aws = url.startswith("https://")
    return f"https://{outputs['DistributionDomain']}" if is_on_aws else url


def wait_for(get: Callable[[], Any], what: str, timeout: float = TIMEOUT) -> Any:
    """The first result that is not None. Raises `SmokeFailed` after some seconds."""
    deadline = time.monotonic() + timeout
    while (result := get()) is None:
        if time.monotonic() > deadline:
            raise SmokeFailed(f"not available within {timeout:.0f} s: {what}")
        time.sleep(POLL)
    return result


def find_missing_record(outputs: Mapping[str, str]) -> str | None:
    """The DNS record that `DomainName` still needs; None if it leads to this deployment.

    A new name can take some minutes until it is known everywhere.
    """
    domain, address = outputs.get("DistributionDomain", ""), outputs.get("SiteUrl", "")
    host = urlsplit(address).hostname
    if not address.startswith("https://") or host == domain:
        return None
    return None if _leads_here(address, outputs) else f"{host} CNAME {domain}"


def _leads_here(address: str, outputs: Mapping[str, str]) -> bool:
    """Whether the page at an address is that of this deployment."""
    try:
        response = urllib3.request("GET", f"{address}config.json", timeout=10, retries=1)
        return bool(response.json()["userPoolClientId"] == outputs["UserPoolClientId"])
    except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError):
        return False
