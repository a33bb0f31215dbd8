"""Hooks of MkDocs that let the same Markdown work on GitHub and in the documentation site.

- Pages in the root of the repository become pages of the site.
- A link to another file outside docs/ is replaced with the path of that file.
- The decision records are added to the navigation.
- The file in MERMAID_BUNDLE is copied into the site.
"""

import os
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File  # type: ignore[import-not-found]

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
ROOT_PAGES = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
MERMAID = "javascripts/mermaid.js"
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(((?![a-z]+:)[^)#\s]+)((?:#[^)\s]+)?)\)")


def on_config(config: Any) -> Any:
    """Add the decision records to the navigation, and Mermaid to the scripts of each page."""
    records = sorted(path.name for path in (DOCS / "adr").glob("[0-9]*.md"))
    (section,) = [item["Decisions"] for item in config.nav if "Decisions" in item]
    section.extend(f"adr/{name}" for name in records)
    if os.environ.get("MERMAID_BUNDLE"):
        config.extra_javascript.append(MERMAID)
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages in the root of the repository, and Mermaid."""
    for name in ROOT_PAGES:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    if bundle := os.environ.get("MERMAID_BUNDLE"):
        files.append(File.generated(config, MERMAID, abs_src_path=str(ROOT / bundle)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Rewrite links to pages of the site; replace links to other files with their paths."""
    folder = ROOT if page.file.src_uri in ROOT_PAGES else (DOCS / page.file.src_uri).parent
    in_site = DOCS if folder == ROOT else folder

    def replace(link: re.Match[str]) -> str:
        text, target, anchor = link.groups()
        path = (folder / target).resolve()
        if path.is_relative_to(DOCS):
            return f"[{text}]({os.path.relpath(path, in_site)}{anchor})"
        if path.parent == ROOT and path.name in ROOT_PAGES:
            return f"[{text}]({os.path.relpath(DOCS / path.name, in_site)}{anchor})"
        if not path.exists():
            return link[0]  # the strict build reports it
        name = f"`{path.relative_to(ROOT)}`"
        return name if text.strip("`") == path.name else f"{text} ({name})"

    return LINK.sub(replace, markdown)
