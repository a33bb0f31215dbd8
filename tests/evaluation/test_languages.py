"""English texts that are taken as another language, on all rated data sets."""

from datetime import UTC, datetime

import pytest

from echostream.adapters.language_detector import LanguageDetector
from echostream.adapters.vader import Vader
from echostream.domain.languages import EnglishOnly
from echostream.domain.model import Document
from seed.dataset import DATASETS, sentences

pytestmark = pytest.mark.no_cover
NOW = datetime(2026, 5, 20, tzinfo=UTC)
ENGINE = EnglishOnly(Vader(), LanguageDetector())


@pytest.mark.parametrize("dataset", DATASETS)
def test_english_texts_have_a_score(dataset):
    """But for less than 0.5%, some of which are not English. The scores are VADER's."""
    documents = [Document(row.id, row.text, "x", NOW) for row in sentences(dataset)]
    scores = ENGINE.enrich(documents, NOW)
    others = sum(score.unscored is not None for score in scores)
    assert others < 0.005 * len(documents)
    plain = Vader().enrich(documents, NOW)
    same = sum(one == other for one, other in zip(scores, plain, strict=True))
    assert same + others == len(plain)
