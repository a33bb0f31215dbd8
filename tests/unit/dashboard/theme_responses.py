"""Small responses of `GET /themes`, and an API that returns them."""

from typing import Any

NO_SCORE: dict[str, Any] = {"mean_compound": None}


def counts(positive=0, negative=0, neutral=0, mixed=0, mean_compound=0.25):
    return {
        "total": positive + negative + neutral + mixed,
        "positive": positive,
        "negative": negative,
        "neutral": neutral,
        "mixed": mixed,
        "mean_compound": mean_compound,
    }


def period(start, end, documents, complete=True, **numbers):
    return {
        "from": f"2026-05-{start}T00:00:00Z",
        "to": f"2026-05-{end}T00:00:00Z",
        "documents": documents,
        "complete": complete,
        **counts(**numbers),
    }


def document(name, **changes):
    return {
        "id": name,
        "text": f"text of {name}",
        "source": "forum",
        "author": "ann",
        "created_at": "2026-05-20T10:00:00.5Z",
        "sentiment": "NEGATIVE",
        "compound": -0.5,
        **changes,
    }


def theme(*terms, **changes):
    return {
        "label": terms[0],
        "terms": list(terms),
        **counts(positive=1, negative=3),
        "authors": 3,
        "share": 0.4,
        "share_before": 0.1,
        "effect": -0.05,
        "examples": [document(f"about {terms[0]}")],
        **changes,
    }


def driver(term, z, share, share_before):
    shares = {"share": share, "share_before": share_before}
    return {"term": term, "z": z, **shares, "examples": [document(f"with {term}")]}


def emerging(*terms, documents=70, complete=True):
    return {
        "since": "2026-05-12T00:00:00Z",
        "documents": documents,
        "complete": complete,
        "terms": [
            {
                "term": term,
                "documents": 8,
                "expected": 1.5,
                "probability": 0.0002,
                "examples": [document(f"new {term}")],
            }
            for term in terms
        ],
    }


def response(**changes):
    return {
        "period": period(19, 21, 10, positive=4, negative=6),
        "against": period(17, 19, 20, positive=20),
        "themes": [theme("kettle", "water", "lid", "heat", "steam"), theme("tram")],
        "without_theme": counts(positive=2),
        "drivers": [driver("kettle", 4.2, 0.4, 0.1), driver("tea", -3.1, 0.05, 0.3)],
        "emerging": emerging("tram"),
        "false_discovery_rate": 0.05,
        **changes,
    }


class Api:
    """Returns a response with changes, or raises `error`; keeps the last parameters."""

    def __init__(self, error=None, **changes):
        self.response = response(**changes)
        self.error = error
        self.sources = ["shop", "forum"]
        self.calls = 0

    def themes(self, **parameters):
        self.parameters = parameters
        self.calls += 1
        if self.error:
            raise self.error
        return self.response

    def stats(self, **parameters):
        return {"sources": [{"source": name} for name in self.sources]}
