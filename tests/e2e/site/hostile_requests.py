"""The requests of a hostile page, signed with the sandbox's own secret: the worst case."""

import base64
import hashlib
import io
import json
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from echostream_cli.credentials import ACCESS_KEY

PAGE = Path(__file__).with_name("drive_by.html")
HANDLER = "def handler(event, context): return open('/proc/self/status').read()"


class QuerySignature(SigV4QueryAuth):
    """A signature in the query string of a request with a body, which botocore does not make."""

    def __init__(self, body, *arguments):
        super().__init__(*arguments)
        self._body = body

    def payload(self, _):
        return hashlib.sha256(self._body.encode()).hexdigest()


class Hostile:
    """The requests, all with one name for what they would create, and a look at what exists."""

    def __init__(self, settings, sandbox, name):
        self._settings, self.name = settings, name
        self._client = settings.target.client
        self._workgroup = sandbox["WORKGROUP"]

    def signed(self, service, path, method="POST", body=""):
        """An address with a signature in its query string."""
        request = AWSRequest(method, self._settings.endpoint + path)
        credentials = Credentials(ACCESS_KEY, self._settings.secret_key)
        QuerySignature(body, credentials, service, self._settings.aws_region).add_auth(request)
        return request.url

    def requests(self):
        """Each way in which a page can send one: what only reads, and what changes something."""
        emulator, companion = self._settings.endpoint, self._settings.companion_url
        host = emulator.removeprefix("http://")
        query = self._post("AmazonAthena.StartQueryExecution", self._statement(), is_simple=False)
        faults = json.dumps({"throttle": 7})
        user = f"/?Action=CreateUser&Version=2010-05-08&UserName={self.name}"
        return [
            {"name": "health", "by": "fetch", "url": f"{emulator}/_ministack/health"},
            {"name": "secret", "by": "fetch", **self._secret_value()},
            {"name": "function", "by": "fetch", **self._function()},
            {"name": "invocation", "by": "fetch", **self._invocation()},
            {"name": "query", "by": "fetch", "url": companion, "options": query},
            {"name": "faults", "by": "fetch", "url": f"{companion}/_companion/faults"}
            | {"options": {"mode": "no-cors", "method": "POST", "body": faults}},
            {"name": "form", "by": "form", "url": f"{companion}/_companion/faults"}
            | {"value": ['{"throttle": 7, "x', '": 0}']},
            {"name": "reset", "by": "form", "url": f"{emulator}/_ministack/reset", "value": "ab"},
            {"name": "beacon", "by": "beacon", "url": f"{emulator}/{self.name}", "body": "x"},
            *(
                {"name": tag, "by": "element", "tag": tag, "url": self.signed("iam", user, "GET")}
                for tag in ("img", "script", "iframe")
            ),
            {"name": "websocket", "by": "websocket", "url": f"ws://{host}/_aws/execute-api/a/b"},
        ]

    def user_link(self):
        """An address that creates a user when a browser opens it."""
        path = f"/?Action=CreateUser&Version=2010-05-08&UserName={self.name}-link"
        return self.signed("iam", path, "GET")

    def _post(self, target, body, is_simple):
        headers = {} if is_simple else {"X-Amz-Target": target}
        return {"method": "POST", "headers": headers, "body": json.dumps(body)}

    def _statement(self):
        return {"QueryString": f"SELECT '{self.name}'", "WorkGroup": self._workgroup}

    def _secret_value(self):
        body = {"SecretId": f"{self._settings.stack_name}-local-demo"}
        options = self._post("secretsmanager.GetSecretValue", body, is_simple=False)
        return {"url": self.signed("secretsmanager", "/", body=options["body"]), "options": options}

    def _function(self):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("index.py", HANDLER)
        content = {
            "FunctionName": self.name,
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "Role": self._client("iam").list_roles()["Roles"][0]["Arn"],
            "Code": {"ZipFile": base64.b64encode(archive.getvalue()).decode()},
        }
        return self._simple("/2015-03-31/functions", json.dumps(content))

    def _invocation(self):
        return self._simple(f"/2015-03-31/functions/{self.name}/invocations", "{}")

    def _simple(self, path, body):
        """A request that needs no preflight: its content type is text/plain."""
        options = {"mode": "no-cors", "method": "POST", "body": body}
        return {"url": self.signed("lambda", path, body=body), "options": options}

    def created(self):
        """What the requests of this name have created, as words."""
        functions = self._client("lambda").list_functions()["Functions"]
        users = self._client("iam").list_users()["Users"]
        groups = self._client("logs").describe_log_groups()["logGroups"]
        athena = self._client("athena")
        ids = athena.list_query_executions(WorkGroup=self._workgroup)["QueryExecutionIds"]
        queries = [athena.get_query_execution(QueryExecutionId=one) for one in ids]
        names = {
            "function": [function["FunctionName"] for function in functions],
            "user": [user["UserName"] for user in users],
            "invocation": [group["logGroupName"] for group in groups],
            "query": [query["QueryExecution"]["Query"] for query in queries],
        }
        return {kind for kind, values in names.items() if self.name in str(values)}


class Server:
    """Serves the hostile page on an address of this machine."""

    def __init__(self, address):
        handler = partial(_QuietHandler, directory=str(PAGE.parent))
        self._server = ThreadingHTTPServer((address, 0), handler)
        self.port = self._server.server_port

    def __enter__(self):
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """No access log."""
