"""The contents and sizes of the Lambda layers."""

import json
import subprocess

import pytest

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
heavy = [name for name in ("numpy", "sqlite3", "tkinter", "pandas") if name in sys.modules]
print(json.dumps([nltk.__file__, scores[0].engine_version, heavy, [s.compound for s in scores]]))
"""


@pytest.fixture
def layers(settings, sandbox):
    if settings.in_docker:
        pytest.skip("the deployer's image contains the layers; MODE=local tests them")
    build = settings.state_dir / "build"
    return build / "CoreLayer" / "python", build / "NlpLayer" / "python"


def test_trimmed_analyzer_scores_like_nltk(layers):
    """In an interpreter without NLTK, the layers give the same scores as the full package."""
    from nltk.sentiment.vader import SentimentIntensityAnalyzer

    texts = [sample.text for sample in samples("tweets")[:300]]
    process = subprocess.run(
        [ROOT / ".venv-emulator/bin/python", "-c", SCORE, *map(str, layers)],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    nltk_path, version, heavy, compounds = json.loads(process.stdout)
    assert nltk_path.startswith(str(layers[1]))
    assert version == "nltk-3.10.4"
    assert heavy == []
    analyzer = SentimentIntensityAnalyzer()
    assert compounds == [analyzer.polarity_scores(text)["compound"] for text in texts]


def test_layers_are_small(layers):
    """Sizes in MB, unpacked."""
    sizes = [
        sum(p.stat().st_size for p in layer.rglob("*") if p.is_file()) / 1e6 for layer in layers
    ]
    assert sizes[0] < 12
    assert sizes[1] < 5
