"""Methods that divide texts into themes: ours, and those that it is compared with.

Each takes the documents and a number of themes, and returns the theme of each document (-1 for
none) and the terms of each theme. All get the same terms.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF, LatentDirichletAllocation
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from echostream.domain.themes import clusters
from echostream.domain.themes.corpus import Mention
from echostream.domain.themes.labels import labels

Found = tuple[list[int], list[list[str]]]
Method = Callable[[Sequence[Mention], int], Found]
TERMS = 8
MIN_DOCUMENTS = int(clusters.MIN_WEIGHT)


def ours(mentions: Sequence[Mention], number: int) -> Found:
    """Spherical k-means, begun at prominent terms; distant documents have no theme."""
    found = clusters.clusters(mentions, number)
    assigned = [theme for theme, _ in found.assign(mentions)]
    return assigned, _labels(mentions, assigned, len(found.centers))


def random_begin(mentions: Sequence[Mention], number: int) -> Found:
    """K-means of scikit-learn over TF-IDF, begun at random documents; c-TF-IDF as ours."""
    weights, _ = _weights(TfidfVectorizer, mentions)
    assigned = KMeans(number, n_init=1, random_state=0).fit_predict(weights).tolist()
    return assigned, _labels(mentions, assigned, number)


def nmf(mentions: Sequence[Mention], number: int) -> Found:
    """Non-negative matrix factorisation of TF-IDF (scikit-learn)."""
    return _factors(_nmf(number), TfidfVectorizer, mentions)


def nmf_of_the_closest(mentions: Sequence[Mention], number: int) -> Found:
    """As `nmf`, but distant documents have no theme: as many as with our method."""
    weights, names = _weights(TfidfVectorizer, mentions)
    model = _nmf(number)
    shares = model.fit_transform(weights) * np.linalg.norm(model.components_, axis=1)
    close = sum(theme >= 0 for theme in ours(mentions, number)[0])
    bound = np.sort(shares.max(axis=1))[len(mentions) - close]
    assigned = [int(row.argmax()) if row.max() >= bound else -1 for row in shares]
    return assigned, _best(model, names)


def _nmf(number: int) -> NMF:
    return NMF(number, init="nndsvd", max_iter=400)


def lda(mentions: Sequence[Mention], number: int) -> Found:
    """Latent Dirichlet allocation (scikit-learn)."""
    model = LatentDirichletAllocation(number, max_iter=15, random_state=0)
    return _factors(model, CountVectorizer, mentions)


METHODS: dict[str, Method] = {
    "begun at terms (ours)": ours,
    "k-means": random_begin,
    "NMF": nmf,
    "NMF, as many documents as ours": nmf_of_the_closest,
    "LDA": lda,
}


def _factors(model: Any, vectorizer: Any, mentions: Sequence[Mention]) -> Found:
    weights, names = _weights(vectorizer, mentions)
    shares = model.fit_transform(weights)
    assigned = [int(row.argmax()) if row.max() > 0 else -1 for row in shares]
    return assigned, _best(model, names)


def _best(model: Any, names: Any) -> list[list[str]]:
    return [[names[place] for place in row.argsort()[::-1][:TERMS]] for row in model.components_]


def _weights(vectorizer: Any, mentions: Sequence[Mention]) -> tuple[Any, Any]:
    made = vectorizer(analyzer=lambda one: one.terms, min_df=MIN_DOCUMENTS)
    return made.fit_transform(mentions), made.get_feature_names_out()


def _labels(mentions: Sequence[Mention], assigned: Sequence[int], number: int) -> list[list[str]]:
    groups: list[list[Mention]] = [[] for _ in range(number)]
    for one, theme in zip(mentions, assigned, strict=True):
        if theme >= 0:
            groups[theme].append(one)
    return labels(groups)
