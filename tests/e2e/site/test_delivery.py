"""Delivery of the page: CloudFront, headers, size."""

import re
from urllib.parse import urlsplit

import urllib3

from echostream_cli.outputs import demo_user
from echostream_cli.target import outputs_of
from tests.e2e.site.page_actions import sign_in


def test_page_transfers_less_than_100_kb(open_page, sandbox, account):
    """All files and API responses up to the first chart, as transferred."""
    page = open_page()
    sizes = {}
    page.on("requestfinished", lambda request: sizes.update({request.url: request.sizes()}))
    page.reload()
    sign_in(page, account)
    transferred = sum(s["responseBodySize"] + s["responseHeadersSize"] for s in sizes.values())
    assert len(sizes) >= 10
    assert transferred < 100_000
    assert all(url.startswith(sandbox["SITE_URL"]) for url in sizes)


def test_distribution_serves_page_and_api(settings, sandbox):
    """/ is the page, /api the API, uncached; the bucket itself is private."""
    host = urlsplit(sandbox["SITE_URL"]).netloc

    def get(path, **headers):
        url = settings.endpoint + path
        return urllib3.request("GET", url, headers={"Host": host, **headers}, timeout=60)

    assert get("/").headers["Cache-Control"] == "no-cache"
    assert get("/api/health").json()["status"] == "ok"
    assert get("/api/query").status == 401
    token = demo_user(settings, sandbox).token()
    response = get("/api/query?limit=0", Authorization=f"Bearer {token}")
    assert (response.status, response.json()["error"]["message"][:6]) == (400, "limit:")
    bucket = outputs_of(settings.target.stack())["SiteBucket"]
    assert get(f"/{bucket}/index.html", Host=f"localhost:{settings.emulator_port}").status == 403


def test_content_security_policy_forbids_inline_code(page):
    """The header forbids inline scripts and styles, and frames; the page contains none."""
    response = page.reload()
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", response.text())
