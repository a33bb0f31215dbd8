"""Amazon Comprehend in memory, with failures that a test plans."""

from typing import Any

from botocore.exceptions import ClientError


class FakeComprehend:
    """A client of Comprehend. `failures` apply one per call: an exception, or indices that fail."""

    def __init__(self, *failures, header=None):
        self.failures = list(failures)
        self.calls = []
        self.header = header

    def batch_detect_sentiment(self, **request):
        results = [
            {
                "Index": i,
                "Sentiment": "MIXED",
                "SentimentScore": {"Positive": 0.3, "Negative": 0.2, "Neutral": 0.1, "Mixed": 0.4},
            }
            for i in range(len(request["TextList"]))
        ]
        return self._respond("sentiment", request, results)

    def batch_detect_dominant_language(self, **request):
        codes = {"hola": ["es", "sw"], "habari": ["sw"], "...": []}
        results = [
            {
                "Index": i,
                "Languages": [
                    {"LanguageCode": code, "Score": 0.9 / place}
                    for place, code in enumerate(codes[text], start=1)
                ],
            }
            for i, text in enumerate(request["TextList"])
        ]
        return self._respond("language", request, results)

    def _respond(self, operation, request, results):
        self.calls.append((operation, request))
        failure = self.failures.pop(0) if self.failures else None
        if isinstance(failure, Exception):
            raise failure
        failed = failure or ()
        return {
            "ResultList": [result for result in results if result["Index"] not in failed],
            "ErrorList": [{"Index": i, "ErrorCode": "InternalServerException"} for i in failed],
            "ResponseMetadata": {
                "HTTPHeaders": {"x-echostream-model": self.header} if self.header else {}
            },
        }


def client_error(code, status=400):
    metadata: Any = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": metadata}, "Batch")
