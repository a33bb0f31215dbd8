"""The files of the page: hashed names, references, headers, and the order of publishing."""

import gzip
import hashlib
import json
import re

import pytest

from echostream_cli.errors import UserError
from echostream_cli.frontends.site_build import FOR_A_YEAR, REVALIDATE, build, config
from echostream_cli.frontends.site_publish import publish

INDEX = '<link href="look.css"><!-- modules --><script type="module" src="app.js"></script>'
OUTPUTS = {
    "SiteBucket": "bucket",
    "DistributionId": "D1",
    "UserPoolId": "us-east-1_a",
    "UserPoolClientId": "c",
}


@pytest.fixture
def source(tmp_path):
    """A page with two modules; one imports the other."""
    (tmp_path / "index.html").write_text(INDEX)
    (tmp_path / "look.css").write_text("p { color: red }")
    (tmp_path / "app.js").write_text('import { a } from "./a.js";')
    (tmp_path / "a.js").write_text("export const a = 1;")
    return tmp_path


def names_by_source(files):
    """The hashed name of each file, by its name without the hash."""
    return {re.sub(r"\.[0-9a-f]{12}\.", ".", file.name): file.name for file in files}


def test_references_are_names_of_files(source):
    """In index.html and in imports; the index is the last file."""
    files = build(source)
    names = names_by_source(files)
    assert files[-1].name == "index.html"
    index = files[-1].body.decode()
    assert f'href="{names["assets/look.css"]}"' in index
    assert f'src="{names["assets/app.js"]}"' in index
    assert f'<link rel="modulepreload" href="{names["assets/a.js"]}">' in index
    app = next(file for file in files if file.name == names["assets/app.js"])
    assert (
        f'"./{names["assets/a.js"].removeprefix("assets/")}"' in gzip.decompress(app.body).decode()
    )


def test_names_depend_on_content(source):
    """A second build has the same names; a changed module renames itself and its importers."""
    before = names_by_source(build(source))
    assert names_by_source(build(source)) == before
    (source / "a.js").write_text("export const a = 2;")
    after = names_by_source(build(source))
    assert {name for name in after if after[name] != before[name]} == {
        "assets/a.js",
        "assets/app.js",
    }


def test_json_module_becomes_part_of_its_importer(source):
    """It is not a file, and its change renames the importer."""
    (source / "a.js").write_text('import j from "./j.json" with { type: "json" };')
    (source / "j.json").write_text('{"a": "…"}')
    before = names_by_source(build(source))
    assert set(before) == {"assets/a.js", "assets/app.js", "assets/look.css", "index.html"}
    a = next(file for file in build(source) if file.name == before["assets/a.js"])
    assert gzip.decompress(a.body).decode() == 'const j = {"a":"…"};'
    (source / "j.json").write_text('{"a": "b"}')
    assert names_by_source(build(source))["assets/a.js"] != before["assets/a.js"]


def test_cache_headers(source):
    """Assets with hashed names are cached for a year; files with fixed names are revalidated."""
    *assets, index = build(source)
    assert {(a.cache, a.encoding) for a in assets} == {(FOR_A_YEAR, "gzip")}
    assert (index.cache, index.encoding) == (REVALIDATE, None)
    settings = config(OUTPUTS, "us-east-1", None)
    assert (settings.cache, settings.content_type) == (REVALIDATE, "application/json")
    assert json.loads(settings.body)["cognitoEndpoint"] is None


def test_configuration_has_the_pages_of_sign_in_if_the_stack_has_them():
    """On AWS at their own host, on an emulator at the page's."""
    hosted = {"HostedSignInUrl": "https://pool.example"}

    def found(outputs, endpoint=None):
        return json.loads(config({**OUTPUTS, **outputs}, "us-east-1", endpoint).body)["hosted"]

    assert found({}) is None
    assert found(hosted) == {"url": "https://pool.example", "provider": ""}
    assert found({**hosted, "IdentityProviderName": "Okta"}, "/cognito") == {
        "url": "",
        "provider": "Okta",
    }


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.js", 'import "x"; export * from "./none.js";', "site/none.js.*does not exist"),
        ("a.js", 'export * from "./app.js";', "imports itself"),
        (
            "a.js",
            'import j from "./none.json" with { type: "json" };',
            "site/none.json.*does not exist",
        ),
        ("index.html", '<script src="none.js"></script>', "site/none.js.*does not exist"),
    ],
)
def test_wrong_reference_is_refused(source, name, text, message):
    """The message names a file that does not exist or imports itself."""
    (source / name).write_text(text)
    with pytest.raises(UserError, match=message):
        build(source)


class FakeBucket:
    """The calls of S3 and CloudFront that publishing makes, recorded in their order."""

    def __init__(self):
        self.objects = {}
        self.calls = []

    def get_paginator(self, _):
        return self

    def paginate(self, **_):
        contents = [
            {"Key": key, "ETag": f'"{hashlib.md5(body).hexdigest()}"'}  # noqa: S324
            for key, body in self.objects.items()
        ]
        return [{"Contents": contents}] if contents else [{}]

    def put_object(self, Key, Body, **headers):  # noqa: N803
        self.objects[Key] = Body
        self.calls.append(f"put {Key}")
        assert headers["ContentType"]
        assert headers["CacheControl"]

    def delete_objects(self, Delete, **_):  # noqa: N803
        for item in Delete["Objects"]:
            del self.objects[item["Key"]]
            self.calls.append(f"delete {item['Key']}")

    def create_invalidation(self, InvalidationBatch, **_):  # noqa: N803
        self.calls.append(f"invalidate {' '.join(InvalidationBatch['Paths']['Items'])}")


def test_publishing_uploads_the_index_after_its_assets():
    """Old files are deleted last; a second run uploads nothing."""
    bucket = FakeBucket()
    bucket.objects["assets/app.000000000000.js"] = b"old"
    number = publish(bucket, bucket, OUTPUTS, "us-east-1")
    assert number == len(build()) + 1
    assert bucket.calls[number - 1 :] == [
        "put index.html",
        "invalidate /config.json /index.html /",
        "delete assets/app.000000000000.js",
    ]
    bucket.calls.clear()
    assert publish(bucket, bucket, OUTPUTS, "us-east-1") == 0
    assert bucket.calls == []
    assert publish(bucket, bucket, {**OUTPUTS, "UserPoolId": "other"}, "us-east-1") == 1
    assert bucket.calls == ["put config.json", "invalidate /config.json"]


def test_page_is_small_and_has_no_inline_code():
    """site/ builds to less than 54,000 bytes, without inline styles, scripts or handlers."""
    *assets, index = build()
    assert assets
    text = index.body.decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", text)
    assert sum(len(file.body) for file in assets) + len(index.body) < 54_000
    assert not any(b"innerHTML" in gzip.decompress(file.body) for file in assets)
