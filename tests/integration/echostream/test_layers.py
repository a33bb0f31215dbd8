"""The layers hold what the functions need, and nothing that they do not."""

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
found = Vader().enrich(documents, datetime.now(UTC))
heavy = [name for name in ("numpy", "sqlite3", "tkinter", "pandas") if name in sys.modules]
print(json.dumps([nltk.__file__, found[0].engine_version, heavy, [e.compound for e in found]]))
"""


@pytest.fixture
def layers(settings, sandbox):
    if settings.in_docker:
        pytest.skip("the layers lie in the deployer's image; MODE=local tests them")
    built = settings.state_dir / "build"
    return built / "CoreLayer" / "python", built / "NlpLayer" / "python"


def test_the_trimmed_analyzer_is_nltks(layers):
    """On the emulator's bare interpreter the layers score as the whole of NLTK does."""
    from nltk.sentiment.vader import SentimentIntensityAnalyzer

    texts = [sample.text for sample in samples("tweets")[:300]]
    done = subprocess.run(
        [ROOT / ".venv-emulator/bin/python", "-c", SCORE, *map(str, layers)],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    where, version, heavy, compounds = json.loads(done.stdout)
    assert where.startswith(str(layers[1]))
    assert version == "nltk-3.10.4"
    assert heavy == []
    analyzer = SentimentIntensityAnalyzer()
    assert compounds == [analyzer.polarity_scores(text)["compound"] for text in texts]


def test_layers_are_small(layers):
    """Neither layer grows unnoticed (unpacked, in MB)."""
    sizes = [
        sum(p.stat().st_size for p in layer.rglob("*") if p.is_file()) / 1e6 for layer in layers
    ]
    assert sizes[0] < 12
    assert sizes[1] < 5
