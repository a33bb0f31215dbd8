"""The pages of documentation: their links, commands and lists are correct."""

import re

import pytest
import yaml

from echostream_cli.paths import ROOT
from echostream_sources.kinds import KINDS
from tests.make_targets import targets, undocumented_targets

PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])
RECORDS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
IMAGE = re.compile(r'<img src="([^"]+)"')
COMMAND = re.compile(r"(?:^\$ |`|^)make ([a-z-]+)", re.MULTILINE)
"""A command at a prompt, at the start of a line (as in a code block), or in backticks."""


def anchors(page):
    """The anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def name(page):
    """The path of a page in the repository."""
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_have_targets(page):
    """Each file and heading that a page links to or shows exists."""
    text = page.read_text()
    for target, heading in LINK.findall(text) + [(image, "") for image in IMAGE.findall(text)]:
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{page.name} links to {target}"
        if heading:
            assert heading in anchors(file), f"{page.name} links to {target}#{heading}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_exist(page):
    """Each command `make …` is a target of the Makefile."""
    existing = {*targets(), *undocumented_targets()}
    assert sorted(set(COMMAND.findall(page.read_text())) - existing) == []


class Loader(yaml.SafeLoader):
    """Reads mkdocs.yml, whose tags of Python become None."""


Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)


def pages_of(entries):
    """The files of a navigation: names, titles with a name, and titles with a list of these."""
    for entry in entries:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            yield from pages_of(value) if isinstance(value, list) else [value]


def test_navigation_of_the_site_has_every_page():
    """The pages below docs/ except decision records, and three pages of the root."""
    navigation = list(pages_of(yaml.load((ROOT / "mkdocs.yml").read_text(), Loader)["nav"]))  # noqa: S506
    docs = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    docs -= {f"adr/{record.name}" for record in RECORDS}
    assert sorted(navigation) == sorted(docs | {"CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"})


def test_list_of_pages_has_every_page():
    """docs/README.md links to each page of its folder."""
    listed = (ROOT / "docs" / "README.md").read_text()
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert [page for page in sorted(pages) if f"]({page})" not in listed] == []


def test_decision_records_are_numbered_and_indexed():
    """Numbers have no gaps; each record has four sections and a row in the index."""
    index = (ROOT / "docs" / "adr" / "README.md").read_text()
    rows = re.findall(r"^\| \[(\d{4})\]\((\S+)\) \| (\S+) \| (.+) \|$", index, re.MULTILINE)
    assert [file for _, file, _, _ in rows] == [record.name for record in RECORDS]
    for number, (written, file, date, title) in enumerate(rows, 1):
        text = (ROOT / "docs" / "adr" / file).read_text()
        assert text.startswith(f"# {number}. {title}\n\nDate: {date}\n")
        assert int(written) == int(file[:4]) == number
        sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert sections == ["Status", "Context", "Decision", "Consequences"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_page_of_sources_has_every_setting(kind):
    """In the row of its kind, or in the table of common ones."""
    lines = (ROOT / "docs" / "sources.md").read_text().splitlines()
    row = next(line for line in lines if line.startswith(f"| `{kind.name}` |"))
    common = [line for line in lines if re.match(r"\| `[A-Z_]+` \|", line)]
    for setting in kind.settings:
        name = setting.name if setting.is_secret else setting.name.upper()
        assert re.search(rf"`{name}\b", row + "".join(common)), name
