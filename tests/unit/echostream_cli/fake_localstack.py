"""A server that speaks as LocalStack does of what its license lacks.

Status 501 with `InternalFailure` and the sentence of a reason, in the protocol of the service; the
sentences are those of LocalStack's source (aws/catalog_exceptions.py) and of its version 3.
"""

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([a-z0-9-]+)/")
COVERAGE = "https://docs.localstack.cloud/references/coverage"
SENTENCES = {
    "license": (
        "Sorry, the {} service is not included within your LocalStack license, but is available in"
        f" an upgraded license. Please refer to {COVERAGE} for more details."
    ),
    "operation": (
        "Sorry, the GetApis operation on the {} service is not supported with your LocalStack"
        f" license. Please refer to {COVERAGE} for more details."
    ),
    "version": (
        "Sorry, the {} service is not supported by this version of LocalStack, but is available if"
        " you upgrade to the latest stable version."
    ),
    "absent": "Sorry, the {} service is not currently supported by LocalStack.",
    "unknown": (
        "The API for service {} is either not included in your current license plan or has not yet"
        " been emulated by LocalStack."
    ),
    "version 3": (
        "API for service '{}' not yet implemented or pro feature - please check"
        f" {COVERAGE}/ for further information"
    ),
}
STATES: dict[str, dict[str, Any]] = {
    "/_localstack/health": {
        "services": {"s3": "available", "glue": "disabled"},
        "edition": "pro",
        "version": "2026.3.0",
    },
    "/_localstack/info": {
        "version": "2026.3.0:0a1b2c3",
        "edition": "pro",
        "is_license_activated": True,
        "session_id": "b2f6e3f0-1b1c-4d0e-8a55-5d9e0a3c1f11",
        "machine_id": "dkr_0123456789ab",
        "system": "linux",
        "is_docker": True,
        "server_time_utc": "2026-11-27T20:00:00",
        "uptime": 12,
    },
    "/_localstack/init": {
        "completed": {"BOOT": True, "START": True, "READY": True, "SHUTDOWN": False},
        "scripts": [{"stage": "READY", "name": "queue.sh", "state": "SUCCESSFUL"}],
    },
}
XML = ("cloudfront", "s3", "iam", "sns", "cloudformation", "sts")
"""Services whose protocol is XML; of the others it is JSON."""


class FakeLocalStack:
    """`refused` are services, by the name in a signature, and the keys of their sentences."""

    def __init__(self, **refused):
        self.refused = {name.replace("_", "-"): key for name, key in refused.items()}
        self.asked: list[str] = []

    def __enter__(self):
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, kind, body = fake.answer(self.path, self.headers.get("Authorization", ""))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = _answer  # noqa: N815

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path, authorization):
        if path in STATES:
            return 200, "application/json", json.dumps(STATES[path]).encode()
        scope = SCOPE.search(authorization)
        service = scope[1] if scope else ""
        self.asked.append(service)
        if service in self.refused:
            sentence = SENTENCES[self.refused[service]].format(service)
            return _failure(service, 501, "InternalFailure", sentence)
        # Any other refusal says that the service is there.
        return _failure(service, 403, "AccessDenied", "no")


def _failure(service, status, code, message):
    if service not in XML:
        body = json.dumps({"__type": code, "message": message})
        return status, "application/json", body.encode()
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    body = error if service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>"
    return status, "text/xml", body.encode()
