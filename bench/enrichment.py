"""Our engine over NLTK's analyzer called directly, and the size of what is stored for a tweet."""

from datetime import UTC, datetime
from statistics import median

from nltk.sentiment.vader import SentimentIntensityAnalyzer

from bench.measure import seconds
from bench.report import Report, Row
from echostream.adapters.vader import Vader
from echostream.domain.codec import scored_to_wire, to_json
from echostream.domain.model import Document, ScoredDocument
from seed.dataset import samples


def bench(report: Report) -> None:
    """Tweets a second, and bytes of a tweet."""
    report.section("Engine and stored size")
    now = datetime.now(UTC)
    tweets = [Document(s.id, s.text, "twitter", now, language="en") for s in samples("tweets")]
    engine, analyzer = Vader(), SentimentIntensityAnalyzer()
    engine.enrich(tweets[:1], now)
    ours = len(tweets) / seconds(lambda: engine.enrich(tweets, now), 3)
    bare = len(tweets) / seconds(lambda: [analyzer.polarity_scores(d.text) for d in tweets], 3)
    report.add(Row("enrichment", "tweets/s", ours, "bare NLTK", bare))
    report.add(_size(tweets[:500], now))


def _size(tweets: list[Document], now: datetime) -> Row:
    """The bytes of a stored tweet with its scores, over the bytes of its text (medians)."""
    pairs = zip(tweets, Vader().enrich(tweets, now), strict=True)
    ours = median(len(to_json(scored_to_wire(ScoredDocument(*pair))).encode()) for pair in pairs)
    bare = median(len(tweet.text.encode()) for tweet in tweets)
    return Row("a stored tweet", "bytes", ours, "text alone", bare)
