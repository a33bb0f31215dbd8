"""Both faces call things by the same names, and say the same where something is amiss."""

import json
import re
import shutil
import subprocess

import pytest

from dashboard.charts import theme
from dashboard.data import filters, formatting, messages
from echostream_cli.paths import ROOT

SITE = ROOT / "site"


def site(name):
    return (SITE / name).read_text("utf-8")


def flat(text):
    return " ".join(re.sub(r'"\s*\+\s*"', "", text).split())


def test_glossary():
    """Every word that the page explains is explained here, in the same words."""
    listed = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", site("index.html").split("<footer>")[1])
    assert dict(listed) == messages.GLOSSARY


def test_labels():
    """Sentiments in the same order, and reasons for a fallback."""
    given = flat(site("formatting.js"))
    for code, label in (messages.LABELS | messages.FALLBACKS).items():
        assert f'{code}: "{label}"' in given
    assert str(list(messages.SENTIMENTS)).replace("'", '"') in given


def test_periods():
    """The same to choose from, in the same words where they make no period."""
    options = re.findall(r'<option value="\w+"(?: selected)?>(.*?)</option>', site("index.html"))
    assert [name for name in options if name in filters.PERIODS] == list(filters.PERIODS)
    source = (ROOT / "dashboard" / "data" / "filters.py").read_text("utf-8")
    for sentence in re.findall(r'NoPeriod\("(.*?)"\)', source):
        assert sentence in site("period.js")


@pytest.mark.parametrize("kind", sorted(set(messages.PROBLEMS) - {"unreachable", "no_sandbox"}))
def test_problems(kind):
    """The same sentence; how to mend what does not answer is another matter here."""
    said = messages.PROBLEMS[kind]("<detail>", 503).replace(messages.plain("<detail>"), "${detail}")
    assert said.replace("503", "${status}") in flat(site("errors.js"))


def test_colours():
    """Sentiments have the colours of the page's style sheet."""
    for name, colour in theme.COLOURS.items():
        assert f"--{name}: {colour.lower()};" in site("app.css")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "1 second"), (59, "59 seconds"), (600, "10 minutes"), (7200, "2 hours"), (3e5, "3 days")],
)
def test_durations(seconds, said):
    """In the largest unit that fits."""
    assert messages.duration(seconds) == said


def test_texts_of_others_are_no_markdown():
    """Nothing in them is taken for a link, a formula, a heading or HTML."""
    hostile = "# <b>x</b> [y](http://z) $a$ `c`\n---"
    said = messages.plain(hostile)
    assert re.sub(r"\\(.)", r"\1", said) == "# <b>x</b> [y](http://z) $a$ `c` ---"
    assert not re.search(r"(?<!\\)[<\[#$`*]", said)


def test_numbers():
    """With units, signs and thousands; a dash where there is none."""
    assert formatting.count(12345) == "12,345"
    assert formatting.percent(1, 3) == "33.3%"
    assert formatting.percent(0, 0) == formatting.NONE
    assert formatting.percent(1158, 4000) == "29.0%"  # 28.95, which is no float
    assert [formatting.score(n) for n in (0.125, 0.245, -0.125)] == ["+0.13", "+0.25", "-0.13"]
    assert [formatting.score(n) for n in (0.304, -0.2, -0.001, None)] == [
        "+0.30",
        "-0.20",
        "0.00",
        "\N{EN DASH}",
    ]


@pytest.mark.skipif(not shutil.which("node"), reason="node is not there")
def test_numbers_are_the_pages():
    """Both faces round alike, halves included."""
    shares, scores = (
        [(n, 4000) for n in range(0, 4000, 7)],
        [n / 1000 for n in range(-1000, 1001, 5)],
    )
    script = f"""import {{ percent, score }} from "{ROOT / "site" / "formatting.js"}";
        console.log(JSON.stringify([{json.dumps(shares)}.map((s) => percent(...s)),
        {json.dumps(scores)}.map(score)]))"""
    command = ["node", "--input-type=module", "--eval", script]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == [
        [formatting.percent(*s) for s in shares],
        [formatting.score(n) for n in scores],
    ]
