"""Builds the files of the page from site/, under names that contain a hash of the content."""

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
REVALIDATE = "no-cache"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
MODULES = "<!-- modules -->"
_INDENT = re.compile(r"^ +", re.MULTILINE)
_IMPORT = re.compile(r'(?<=from ")\./([\w-]+\.js)(?=")')
_JSON_IMPORT = re.compile(r'import (\w+) from "\./([\w-]+\.json)" with \{ type: "json" \};')
_REFERENCE = re.compile(r'((?:href|src)=")([\w-]+\.(?:css|js|svg))(?=")')


@dataclass(frozen=True, slots=True)
class File:
    """A file of the page: its key in the bucket, its bytes and its HTTP headers."""

    name: str
    body: bytes
    cache: str
    encoding: str | None = None

    @property
    def content_type(self) -> str:
        return TYPES[Path(self.name).suffix]


def build(source: Path = SOURCE) -> list[File]:
    """Assets under hashed names, compressed, and last the index.html that refers to them.

    JSON modules become part of the module that imports them: they cost no request, and the page
    runs in browsers without JSON modules. Raises `UserError` if a file refers to a missing one or
    to itself.
    """
    texts = {path.name: path.read_text() for path in sorted(source.iterdir()) if path.is_file()}
    index = texts.pop("index.html")
    files: dict[str, File] = {}
    for name in texts:
        if not name.endswith(".json"):
            _add(name, texts, files, ())
    return [*files.values(), File("index.html", _index(index, files).encode(), REVALIDATE)]


def config(outputs: Mapping[str, str], region: str, cognito_endpoint: str | None) -> File:
    """The page's configuration for one deployment, from its stack's outputs."""
    settings = {
        "userPoolId": outputs["UserPoolId"],
        "userPoolClientId": outputs["UserPoolClientId"],
        "region": region,
        "cognitoEndpoint": cognito_endpoint,
        "apiUrl": "/api",
        "hosted": _hosted(outputs, cognito_endpoint),
    }
    return File("config.json", json.dumps(settings, indent=2).encode() + b"\n", REVALIDATE)


def _hosted(outputs: Mapping[str, str], cognito_endpoint: str | None) -> dict[str, str] | None:
    """The pool's pages of sign-in, None without them; on an emulator they have the page's host."""
    if "HostedSignInUrl" not in outputs:
        return None
    url = "" if cognito_endpoint else outputs["HostedSignInUrl"]
    return {"url": url, "provider": outputs.get("IdentityProviderName", "")}


def _add(
    name: str, texts: Mapping[str, str], files: dict[str, File], importers: tuple[str, ...]
) -> File:
    """Add a file and the files that it imports; its name contains a hash of its content."""
    if name in importers or name not in texts:
        reason = "imports itself" if name in importers else "does not exist"
        raise UserError(f"site/{name}, imported by {' of '.join(importers[::-1])}, {reason}")
    if name not in files:
        text = _IMPORT.sub(
            lambda match: "./" + Path(_add(match[1], texts, files, (*importers, name)).name).name,
            _JSON_IMPORT.sub(lambda match: _constant(match, texts, name), texts[name]),
        )
        path = Path(name)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        body = gzip.compress(text.encode(), mtime=0)
        files[name] = File(f"assets/{path.stem}.{digest}{path.suffix}", body, FOR_A_YEAR, "gzip")
    return files[name]


def _constant(match: re.Match[str], texts: Mapping[str, str], importer: str) -> str:
    """A JSON import as a constant: JSON is valid JavaScript since ECMAScript 2019."""
    variable, name = match.groups()
    if name not in texts:
        raise UserError(f"site/{name}, imported by {importer}, does not exist")
    compact = json.dumps(json.loads(texts[name]), ensure_ascii=False, separators=(",", ":"))
    return f"const {variable} = {compact};"


def _index(text: str, files: Mapping[str, File]) -> str:
    """index.html with hashed names, a preload for each module, and lines that are not indented."""
    preloads = [
        f'<link rel="modulepreload" href="{file.name}">'
        for name, file in files.items()
        if name.endswith(".js")
    ]
    missing = [name for _, name in _REFERENCE.findall(text) if name not in files]
    if missing:
        raise UserError(f"site/{missing[0]}, used by index.html, does not exist")
    text = _REFERENCE.sub(lambda match: match[1] + files[match[2]].name, text)
    return _INDENT.sub("", text.replace(MODULES, "\n".join(preloads)))


def write() -> None:
    """Write the uncompressed files into a folder and print the size of each as it is served."""
    files = build()
    for file in files:
        path = BUILT / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.decompress(file.body) if file.encoding else file.body)
        print(f"  {len(file.body):>7,} bytes  {file.name}")
    print(f"  {sum(len(file.body) for file in files):>7,} bytes in {len(files)} files, in {BUILT}")
