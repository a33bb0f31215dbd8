"""The page's files: hashed names that refer to each other, and what is sent where and when."""

import gzip
import hashlib
import json
import re

import pytest

from echostream_cli.errors import UserError
from echostream_cli.frontends.site_build import ASK_EVERY_TIME, FOR_A_YEAR, build, config
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
    """A page of two modules, of which one imports the other."""
    (tmp_path / "index.html").write_text(INDEX)
    (tmp_path / "look.css").write_text("p { color: red }")
    (tmp_path / "app.js").write_text('import { a } from "./a.js";')
    (tmp_path / "a.js").write_text("export const a = 1;")
    return tmp_path


def names(files):
    return {re.sub(r"\.[0-9a-f]{12}\.", ".", file.name): file.name for file in files}


def test_what_refers_and_what_is_referred_to_agree(source):
    """Every name in index.html and in an import is that of a file; the index comes last."""
    files = build(source)
    named = names(files)
    assert files[-1].name == "index.html"
    index = files[-1].body.decode()
    assert f'href="{named["assets/look.css"]}"' in index
    assert f'src="{named["assets/app.js"]}"' in index
    assert f'<link rel="modulepreload" href="{named["assets/a.js"]}">' in index
    app = next(file for file in files if file.name == named["assets/app.js"])
    assert (
        f'"./{named["assets/a.js"].removeprefix("assets/")}"' in gzip.decompress(app.body).decode()
    )


def test_names_follow_contents(source):
    """Built again, names are the same; a changed module renames itself and who imports it."""
    before = names(build(source))
    assert names(build(source)) == before
    (source / "a.js").write_text("export const a = 2;")
    after = names(build(source))
    assert {name for name in after if after[name] != before[name]} == {
        "assets/a.js",
        "assets/app.js",
    }


def test_a_json_module_becomes_part_of_its_importer(source):
    """It is no file of its own, and a change of it renames the importer."""
    (source / "a.js").write_text('import j from "./j.json" with { type: "json" };')
    (source / "j.json").write_text('{"a": "…"}')
    before = names(build(source))
    assert set(before) == {"assets/a.js", "assets/app.js", "assets/look.css", "index.html"}
    a = next(file for file in build(source) if file.name == before["assets/a.js"])
    assert gzip.decompress(a.body).decode() == 'const j = {"a":"…"};'
    (source / "j.json").write_text('{"a": "b"}')
    assert names(build(source))["assets/a.js"] != before["assets/a.js"]


def test_headers(source):
    """What never changes is kept for a year; what keeps its name is asked for every time."""
    *assets, index = build(source)
    assert {(a.cache, a.encoding) for a in assets} == {(FOR_A_YEAR, "gzip")}
    assert (index.cache, index.encoding) == (ASK_EVERY_TIME, None)
    settings = config(OUTPUTS, "us-east-1", None)
    assert (settings.cache, settings.content_type) == (ASK_EVERY_TIME, "application/json")
    assert json.loads(settings.body)["cognitoEndpoint"] is None


@pytest.mark.parametrize(
    ("name", "text", "words"),
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
def test_wrong_references(source, name, text, words):
    """A file that is not there, or that needs itself, is named."""
    (source / name).write_text(text)
    with pytest.raises(UserError, match=words):
        build(source)


class FakeBucket:
    """As much of S3 as publishing needs; remembers what was done in which order."""

    def __init__(self):
        self.objects = {}
        self.done = []

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
        self.done.append(f"put {Key}")
        assert headers["ContentType"]
        assert headers["CacheControl"]

    def delete_objects(self, Delete, **_):  # noqa: N803
        for item in Delete["Objects"]:
            del self.objects[item["Key"]]
            self.done.append(f"delete {item['Key']}")

    def create_invalidation(self, InvalidationBatch, **_):  # noqa: N803
        self.done.append(f"forget {' '.join(InvalidationBatch['Paths']['Items'])}")


def test_publishing():
    """The index goes after all that it refers to, old files last; a second time sends nothing."""
    bucket = FakeBucket()
    bucket.objects["assets/app.000000000000.js"] = b"of before"
    sent = publish(bucket, bucket, OUTPUTS, "us-east-1")
    assert bucket.done[sent - 1 :] == [
        "put index.html",
        "forget /config.json /index.html /",
        "delete assets/app.000000000000.js",
    ]
    bucket.done.clear()
    assert publish(bucket, bucket, OUTPUTS, "us-east-1") == 0
    assert bucket.done == []
    assert publish(bucket, bucket, {**OUTPUTS, "UserPoolId": "other"}, "us-east-1") == 1
    assert bucket.done == ["put config.json", "forget /config.json"]


def test_the_page_is_whole_and_small():
    """site/ builds, without anything inline, in less than half of what a first paint may weigh."""
    *assets, index = build()
    text = index.body.decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", text)
    assert sum(len(file.body) for file in assets) + len(index.body) < 50_000
    assert not any(b"innerHTML" in gzip.decompress(file.body) for file in assets)
