"""Pages for people: what they point at is there."""

import re

import pytest

from echostream_cli.paths import ROOT

PAGES = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
IMAGE = re.compile(r'<img src="([^"]+)"')
COMMAND = re.compile(r"^\$ make ([a-z-]+)", re.MULTILINE)


def anchors(page):
    """Headings as GitHub names them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    """Files that a page links to or shows exist, and so do the headings."""
    text = page.read_text()
    for target, heading in LINK.findall(text) + [(image, "") for image in IMAGE.findall(text)]:
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), f"{page.name} links to {target}"
        if heading:
            assert heading in anchors(found), f"{page.name} links to {target}#{heading}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page):
    """What a page shows as typed is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(COMMAND.findall(page.read_text())) <= targets
