"""The page's files as they are served: site/, with names that change with what is in them."""

import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT

SOURCE = ROOT / "site"
BUILT = ROOT / ".sandbox" / "site"
FOR_A_YEAR = "public, max-age=31536000, immutable"
ASK_EVERY_TIME = "no-cache"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
MODULES = "<!-- modules -->"
_IMPORT = re.compile(r'(?<=from ")\./([\w-]+\.js)(?=")')
_REFERENCE = re.compile(r'((?:href|src)=")([\w-]+\.(?:css|js|svg))(?=")')


@dataclass(frozen=True, slots=True)
class File:
    """A file of the page: its name in the bucket, its bytes, and the headers it is served with."""

    name: str
    body: bytes
    cache: str
    encoding: str | None = None

    @property
    def content_type(self) -> str:
        return TYPES[Path(self.name).suffix]


def build(source: Path = SOURCE) -> list[File]:
    """Assets under hashed names, compressed, and last the index.html that refers to them.

    Raises `UserError` where a file refers to one that is not there, or to itself.
    """
    texts = {path.name: path.read_text() for path in sorted(source.iterdir()) if path.is_file()}
    index = texts.pop("index.html")
    named: dict[str, File] = {}
    for name in texts:
        _add(name, texts, named, ())
    assets = list(named.values())
    return [*assets, File("index.html", _index(index, named).encode(), ASK_EVERY_TIME)]


def config(outputs: Mapping[str, str], region: str, cognito_endpoint: str | None) -> File:
    """What the page must know of one deployment, whose stack's outputs are given."""
    known = {
        "userPoolId": outputs["UserPoolId"],
        "userPoolClientId": outputs["UserPoolClientId"],
        "region": region,
        "cognitoEndpoint": cognito_endpoint,
        "apiUrl": "/api",
    }
    return File("config.json", json.dumps(known, indent=2).encode() + b"\n", ASK_EVERY_TIME)


def _add(
    name: str, texts: Mapping[str, str], named: dict[str, File], importers: tuple[str, ...]
) -> File:
    """Name a file after its content, and before it those that it imports."""
    if name in importers or name not in texts:
        why = "imports itself" if name in importers else "is not there"
        raise UserError(f"site/{name}, wanted by {' of '.join(importers[::-1])}, {why}")
    if name not in named:
        text = _IMPORT.sub(
            lambda found: "./" + Path(_add(found[1], texts, named, (*importers, name)).name).name,
            texts[name],
        )
        path = Path(name)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        body = gzip.compress(text.encode(), mtime=0)
        named[name] = File(f"assets/{path.stem}.{digest}{path.suffix}", body, FOR_A_YEAR, "gzip")
    return named[name]


def _index(text: str, named: Mapping[str, File]) -> str:
    """index.html with hashed names; all modules are asked for at once, not one after another."""
    preloads = [
        f'<link rel="modulepreload" href="{file.name}">'
        for name, file in named.items()
        if name.endswith(".js")
    ]
    missing = [name for _, name in _REFERENCE.findall(text) if name not in named]
    if missing:
        raise UserError(f"site/{missing[0]}, wanted by index.html, is not there")
    text = _REFERENCE.sub(lambda found: found[1] + named[found[2]].name, text)
    return text.replace(MODULES, "\n    ".join(preloads))


def write() -> None:
    """Write the build into a folder to look at, uncompressed, and print what it weighs."""
    files = build()
    for file in files:
        path = BUILT / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.decompress(file.body) if file.encoding else file.body)
        print(f"  {len(file.body):>7,} bytes  {file.name}")
    print(f"  {sum(len(file.body) for file in files):>7,} bytes in {len(files)} files, in {BUILT}")
