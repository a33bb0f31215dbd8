"""The public address of a deployment, with a server of this machine in place of CloudFront."""

import pytest

from echostream_cli.deploy import public_site
from echostream_cli.deploy.public_site import PublicSite, SmokeFailed
from echostream_cli.target import Target
from tests.web_server import send, web_server

ON_AWS = {
    "ApiUrl": "https://a1.execute-api.us-east-1.amazonaws.com",
    "SiteUrl": "https://voices.example.org/",
    "DistributionDomain": "d111.cloudfront.net",
    "UserPoolClientId": "client",
}
EMULATED = {**ON_AWS, "SiteUrl": "http://d111.cloudfront.localhost:4566/"}
WITHOUT_PAGE = {"ApiUrl": ON_AWS["ApiUrl"]}


def make_site(monkeypatch, outputs, endpoint=None):
    monkeypatch.setattr(Target, "outputs", lambda _: outputs)
    return PublicSite(Target("s", "prod", "us-east-1", endpoint))


def test_distribution_is_called_by_its_own_name(monkeypatch):
    """A name of one's own can lead to the distribution only after it exists."""
    site = make_site(monkeypatch, ON_AWS)
    assert (site.url, site.api_url) == (
        "https://d111.cloudfront.net",
        "https://d111.cloudfront.net/api",
    )
    assert site.headers == {}


def test_emulated_distribution_is_called_by_the_host_header(monkeypatch):
    """Python does not resolve names below localhost."""
    site = make_site(monkeypatch, EMULATED, "http://localhost:4566")
    assert site.api_url == "http://localhost:4566/api"
    assert site.headers == {"Host": "d111.cloudfront.localhost:4566"}


def test_api_is_called_directly_without_a_page(monkeypatch):
    """On AWS and on an emulator."""
    for endpoint in (None, "http://localhost:4566"):
        site = make_site(monkeypatch, WITHOUT_PAGE, endpoint)
        assert (site.has_page, site.api_url, site.headers) == (False, ON_AWS["ApiUrl"], {})


@pytest.fixture
def api(monkeypatch):
    """A server, and the site whose API it is."""
    monkeypatch.setattr(public_site, "POLL", 0.01)
    with web_server() as server:
        yield server, make_site(monkeypatch, {"ApiUrl": server.url})


def test_edges_that_are_not_ready_are_asked_again(api):
    """Other statuses are answers of an edge that does not know the new configuration yet."""
    server, site = api
    statuses = [403, 502, 502, 200]
    server.pages["/health"] = lambda handler: send(handler, b"", statuses.pop(0))
    site.wait_for_status("/health", 200, timeout=60)
    assert statuses == []


def test_api_that_does_not_work_fails_with_what_it_returned(api):
    """Its last status; or nothing, if there is no server at all."""
    server, site = api
    server.serve("/health", b"", 500)
    with pytest.raises(SmokeFailed, match="/health of the API returns 500, not 200"):
        site.wait_for_status("/health", 200, timeout=0)
    site.api_url = "http://127.0.0.1:1"
    with pytest.raises(SmokeFailed, match="returns nothing, not 200"):
        site.wait_for_status("/health", 200, timeout=0)


def test_domain_that_does_not_lead_here_is_named_with_its_record(monkeypatch):
    """No record is needed without a domain, on an emulator, or when the page is found."""
    monkeypatch.setattr(public_site, "_leads_here", lambda *_: False)
    record = "voices.example.org CNAME d111.cloudfront.net"
    assert public_site.find_missing_record(ON_AWS) == record
    own_name = {**ON_AWS, "SiteUrl": "https://d111.cloudfront.net/"}
    for outputs in (own_name, EMULATED, WITHOUT_PAGE):
        assert public_site.find_missing_record(outputs) is None
    monkeypatch.setattr(public_site, "_leads_here", lambda *_: True)
    assert public_site.find_missing_record(ON_AWS) is None


def test_page_of_this_deployment_is_known_by_its_configuration():
    """Another page, another deployment's page and no server do not count."""
    with web_server() as server:
        server.serve("/config.json", b'{"userPoolClientId": "client"}')
        assert public_site._leads_here(f"{server.url}/", ON_AWS)
        server.serve("/config.json", b'{"userPoolClientId": "another"}')
        assert not public_site._leads_here(f"{server.url}/", ON_AWS)
        server.serve("/config.json", b"<html>", 404)
        assert not public_site._leads_here(f"{server.url}/", ON_AWS)
    assert not public_site._leads_here("http://127.0.0.1:1/", ON_AWS)
