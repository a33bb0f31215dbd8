"""Small responses of `GET /themes`, `/digest` and `/aspects`, and an API that returns them."""

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


def sentence(text, *citations):
    return {"text": text, "numbers": {}, "citations": list(citations)}


def digest(**changes):
    return {
        "period": period(19, 21, 10, positive=4, negative=6),
        "against": period(17, 19, 20, positive=20),
        "written_at": "2026-05-21T00:00:00.5Z",
        "written_by": "rules",
        "model": None,
        "reason": "no_model",
        "rejected": [],
        "sentences": [
            sentence("There are 10 documents."),
            sentence("40.0% are about kettle.", "d1", "d2"),
            sentence("20.0% are about tram.", "d2"),
        ],
        "documents": [document("d1"), document("d2", author=None)],
        **changes,
    }


def aspect(phrase, **changes):
    return {
        "phrase": phrase,
        "documents": 6,
        "praised": 3,
        "criticised": 1,
        "authors": 5,
        "mean_compound": 0.31,
        "praise": [{"id": "p1", "text": f"I love the {phrase}.", "compound": 0.64}],
        "criticism": [{"id": "c1", "text": f"The {phrase} is bad.", "compound": -0.54}],
        **changes,
    }


def aspects(*found, documents=10, complete=True):
    taken = period(19, 21, documents, complete=complete, positive=4, negative=6)
    return {"period": taken, "aspects": list(found)}


class Api:
    """Returns responses, of themes with changes, or raises `error`; keeps the last parameters.

    A response of `digest` or `aspects` may be an error, which is raised.
    """

    def __init__(self, error=None, **changes):
        self.response = response(**changes)
        self.error = error
        self.sources = ["shop", "forum"]
        self.calls = 0
        self.digest_response = digest()
        self.digest_calls = []
        self.aspects_response = aspects(aspect("lid"), aspect("water tank"))
        self.aspects_calls = []

    def themes(self, **parameters):
        self.parameters = parameters
        self.calls += 1
        if self.error:
            raise self.error
        return self.response

    def stats(self, **parameters):
        return {"sources": [{"source": name} for name in self.sources]}

    def digest(self, **parameters):
        self.digest_calls.append(parameters)
        return returned(self.digest_response)

    def aspects(self, **parameters):
        self.aspects_calls.append(parameters)
        return returned(self.aspects_response)


def returned(found):
    if isinstance(found, Exception):
        raise found
    return found
