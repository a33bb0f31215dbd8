"""A set of hashes in little memory: about 5 bytes each."""

from array import array
from bisect import bisect_left

_BUCKET_BITS = 18
_REST_BITS = 32
_MASK = (1 << _BUCKET_BITS + _REST_BITS) - 1
_STEP = 0x9E3779B97F4A7C15  # 2^64 divided by the golden ratio: spreads equal hashes
_MAX_COUNTS = 100_000


class Fingerprints:
    """Hashes of which 50 bits are compared: 18 by their bucket, 32 by its sorted array.

    Of 20 million different hashes, 0.2 are expected to be taken for another one.
    """

    def __init__(self) -> None:
        self._buckets: list[array[int] | None] = [None] * (1 << _BUCKET_BITS)

    def add(self, number: int) -> bool:
        """Add a hash. Returns whether it is new."""
        bucket, rest = (number & _MASK) >> _REST_BITS, number & 0xFFFFFFFF
        ordered = self._buckets[bucket]
        if ordered is None:
            self._buckets[bucket] = array("I", (rest,))
            return True
        place = bisect_left(ordered, rest)
        if place < len(ordered) and ordered[place] == rest:
            return False
        ordered.insert(place, rest)
        return True

    def __contains__(self, number: int) -> bool:
        bucket, rest = (number & _MASK) >> _REST_BITS, number & 0xFFFFFFFF
        ordered = self._buckets[bucket]
        if ordered is None:
            return False
        place = bisect_left(ordered, rest)
        return place < len(ordered) and ordered[place] == rest


class Occurrences:
    """Counts how often each hash came before, with one fingerprint for each time."""

    def __init__(self) -> None:
        self._seen = Fingerprints()
        self._counts: dict[int, int] = {}  # of the last hashes that came again

    def next(self, number: int) -> int:
        """How often this hash came before; never the same answer twice for one hash."""
        if self._seen.add(number):
            return 0
        count = self._counts.get(number) or self._first_free(number)
        while not self._seen.add(_nth(number, count)):
            count += 1
        if len(self._counts) >= _MAX_COUNTS:
            self._counts.clear()
        self._counts[number] = count + 1
        return count

    def _first_free(self, number: int) -> int:
        """The least count without a fingerprint, by bisection."""
        high = 1
        while _nth(number, high) in self._seen:
            high *= 2
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _nth(number, middle) in self._seen else (low, middle)
        return high


def _nth(number: int, count: int) -> int:
    mixed = (number + count * _STEP) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    return mixed ^ (mixed >> 27)
