"""A run of questions: bill and consent first, everything deleted, nothing private recorded."""

import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from echostream_cli import stages
from echostream_cli.console import Declined
from echostream_cli.costs.bill import add, make_bill
from echostream_cli.doctor import parity
from echostream_cli.doctor.aws import answers, commands, leftovers
from echostream_cli.doctor.aws.all_questions import QUESTIONS
from echostream_cli.doctor.aws.context import PREFIX, Run
from echostream_cli.doctor.aws.leftovers import Search
from echostream_cli.doctor.aws.questions import ERROR, Question, ask
from echostream_cli.doctor.aws.redaction import redact
from echostream_cli.doctor.probe_context import expect
from echostream_cli.doctor.probes import WORKS, Finding
from echostream_cli.errors import UserError
from tests.unit.echostream_cli.fake_target import FakeTarget, client_error

ACCOUNT = "123456789012"
CALLER = {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ann"}


class Pages:
    """A service whose one list has these pages, and that records what is deleted."""

    def __init__(self, key: str = "", *items: Any, **responses: Any):
        self.key, self.items, self.responses = key, list(items), responses
        self.deleted: list[Any] = []

    def get_paginator(self, _: str) -> "Pages":
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{self.key: self.items}]

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: Any) -> Any:
            if operation.startswith("delete"):
                self.deleted.append((operation, *arguments.values()))
                self.items = []
            return self.responses.get(operation, {self.key: self.items})

        return call


class Account(FakeTarget):
    """A stage whose account has some resources of a run before, and others."""

    def __init__(self) -> None:
        super().__init__()
        own, other = f"{PREFIX}1", "echostream-prod"
        key = f"GET /api/{own}/{{until}}"
        route = {"RouteKey": key, "RouteId": "r", "Target": "integrations/i"}
        self.services.update(
            {
                "apigatewayv2": Pages("Items", route, {"RouteKey": "GET /api/query"}),
                "lambda": Pages("Functions", {"FunctionName": own}, {"FunctionName": other}),
                "logs": Pages("logGroups"),
                "iam": Pages(
                    "Roles",
                    {"RoleName": own},
                    {"RoleName": other},
                    list_role_policies={"PolicyNames": ["probe"]},
                ),
                "cognito_idp": Pages("UserPools", {"Name": own, "Id": "p"}, {"Name": other}),
                "dynamodb": Pages("TableNames", own, other),
                "glue": Pages(
                    "DatabaseList", {"Name": "echostream_doctor_aws_1"}, {"Name": "echostream"}
                ),
                "athena": Pages("WorkGroups", {"Name": own}, {"Name": "primary"}),
                "s3": Pages("Buckets", {"Name": own}, {"Name": other}),
                "sts": Pages(get_caller_identity=CALLER),
            }
        )

    def resource(self, logical_id: str) -> str:
        return "api"

    def settled_stack(self) -> None:
        """The stage is not deployed."""


def test_leftovers_have_the_prefix():
    """Resources of the product and of the user are not among them."""
    found = leftovers.find(Account()).found
    assert len(found) == 8
    assert all(PREFIX in one.name.replace("_", "-") for one in found)


def test_leftovers_are_deleted_with_their_parts():
    """A role with its policies, a route with its integration; nothing else is deleted."""
    account = Account()
    leftovers.delete(leftovers.find(account).found)
    deleted = [call for service in account.services.values() for call in service.deleted]
    assert ("delete_integration", "api", "i") in deleted
    assert ("delete_role_policy", f"{PREFIX}1", "probe") in deleted
    assert ("delete_bucket", f"{PREFIX}1") in deleted
    names = {argument for _, *arguments in deleted for argument in arguments}
    assert not names & {"echostream-prod", "echostream", "primary"}
    assert leftovers.find(account) == Search()


class Failing:
    """A service whose every list fails."""

    def __init__(self, error: Exception):
        self.error = error

    def get_paginator(self, _: str) -> Any:
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        client_error("NotFoundException", "Invalid API identifier specified"),
        client_error("ValidationError", "Stack 'echostream-staging' does not exist"),
        client_error("NotImplemented"),
    ],
)
def test_what_does_not_exist_has_nothing_left(error):
    """An API, the stack, or the service at an emulator; the other services are searched."""
    account = Account()
    account.services["apigatewayv2"] = Failing(error)
    search = leftovers.find(account)
    assert (len(search.found), search.not_listed) == (7, [])


@pytest.mark.parametrize(
    "error",
    [
        client_error("AccessDenied"),
        client_error("ThrottlingException"),
        client_error("ValidationError", "1 validation error detected"),
        EndpointConnectionError(endpoint_url="https://apigateway"),
    ],
)
def test_list_that_fails_is_reported(error):
    """Nobody knows what is there; the other services are still searched."""
    account = Account()
    account.services["apigatewayv2"] = Failing(error)
    search = leftovers.find(account)
    assert (len(search.found), search.not_listed) == (7, [f"API routes: {error}"])
    assert not search.is_clean


@pytest.fixture
def account(monkeypatch, tmp_path):
    """The account of a stage with leftovers; answers and page are written elsewhere."""
    target = Account()
    monkeypatch.setattr(commands, "_target", lambda *_: (target, ACCOUNT))
    monkeypatch.setattr(answers, "FILE", tmp_path / "answers.json")
    monkeypatch.setattr(parity, "PAGE", tmp_path / "page.md")
    return target


def make_question(call: Any) -> Question:
    return Question("S3", "it works", "report", "bucket", {"s3_put": 2e6}, call)


def test_bill_is_printed_before_the_consent(account, capsys):
    """Without consent nothing is created or deleted."""
    with pytest.raises(Declined):
        commands.run("", "", yes=False, clean=False, json=False)
    printed = capsys.readouterr().out
    dollars = make_bill(add(*(item.usage for item in QUESTIONS))).total
    assert f"In total at most ${dollars:.2f}." in printed
    assert f"left by a run before, is deleted first: bucket {PREFIX}1" in printed
    assert not any(service.deleted for service in account.services.values())


def test_bill_is_the_sum_of_the_prices(capsys):
    """Two million writes of objects cost ten dollars."""
    commands.show_bill([make_question(None)])
    assert "In total at most $10.00." in capsys.readouterr().out


def test_all_questions_cost_less_than_five_cents():
    """Cheap enough to be asked; each price exists, and Athena's scans have a limit."""
    assert 0 < make_bill(add(*(item.usage for item in QUESTIONS))).total < 0.05


def test_other_account_is_refused(account, monkeypatch):
    """Before anything else is done, also before the leftovers are listed."""
    monkeypatch.setattr(commands, "_target", lambda *_: (account, "999999999999"))
    monkeypatch.setattr(leftovers, "find", None)
    with pytest.raises(UserError, match=f"belong to account {ACCOUNT}"):
        commands.run("", "", yes=True, clean=False, json=False)


def test_account_is_that_of_the_stage(monkeypatch):
    """`account` of samconfig.toml, as for a deployment."""
    stage = replace(stages.load("staging"), account=ACCOUNT)
    monkeypatch.setattr(stages, "load", lambda _: stage)
    target, expected = commands._target("", "")
    assert (target.stack_name, target.endpoint, expected) == ("echostream-staging", None, ACCOUNT)


def test_clean_deletes_and_asks_nothing(account, capsys):
    """The way back after a run that was killed."""
    assert commands.run("", "", yes=True, clean=True, json=False) == 0
    assert commands.run("", "", yes=False, clean=True, json=False) == 0
    assert "nothing is left of a run" in capsys.readouterr().out
    assert not answers.FILE.exists()


@pytest.mark.parametrize("json", [False, True])
def test_clean_fails_if_a_list_fails(account, capsys, json):
    """It does not say that nothing is left; with JSON it says so beside the JSON."""
    account.services["iam"] = Failing(client_error("AccessDenied"))
    assert commands.run("", "", yes=True, clean=True, json=json) == 1
    printed = capsys.readouterr()
    text = printed.err if json else printed.out
    assert "NOT LISTED, so something may be left: roles: An error occurred (AccessDenied)" in text
    assert "nothing is left" not in text


def test_answers_are_recorded_without_private_names(account, monkeypatch, capsys):
    """The terminal has the full message."""

    def tell(context):
        return f"{CALLER['Arn']} of {ACCOUNT} in echostream-staging-lake, {context.name}"

    monkeypatch.setattr(commands, "QUESTIONS", [make_question(tell)])
    assert commands.run("", "", yes=True, clean=False, json=False) == 0
    recorded = json.loads(answers.FILE.read_text())
    assert recorded["AWS"]["findings"] == {
        "tell": [WORKS, "(ARN) of (account) in (name), (name)"],
    }
    assert CALLER["Arn"] in capsys.readouterr().out


def test_error_makes_the_command_fail(account, monkeypatch):
    """The other questions are still asked."""
    asked = []

    def fail(context):
        raise client_error("AccessDenied")

    def work(context):
        asked.append(context.name)
        return ""

    monkeypatch.setattr(commands, "QUESTIONS", [make_question(fail), make_question(work)])
    assert commands.run("", "", yes=True, clean=False, json=True) == 1
    assert len(asked) == 1


@pytest.mark.parametrize("error", [KeyError("x"), TypeError("x"), AttributeError("x")])
def test_fault_of_a_question_is_no_answer_of_aws(error):
    """The record, which is shared, does not say that AWS differs."""

    def fail(context):
        raise error

    answer = ask(make_question(fail), Run(FakeTarget(), {}))
    assert answer.finding == Finding(ERROR, type(error).__name__)
    assert answer.message == f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), client_error("Gone"), RuntimeError()])
def test_everything_is_deleted_after_a_failure(monkeypatch, error):
    """What the question created, and what questions share."""
    deleted: list[str] = []

    class Shared:
        """A lake that its context deletes."""

    def create(context):
        context.add_cleanup(lambda: deleted.append("lake"))
        return Shared()

    monkeypatch.setattr("echostream_cli.doctor.aws.scratch_lake.create", create)

    def fail(context):
        assert isinstance(context.run.lake, Shared)
        context.add_cleanup(lambda: deleted.append("table"))
        raise error

    item = make_question(fail)
    try:
        with Run(FakeTarget(), {}) as run:
            ask(item, run)
    except (KeyboardInterrupt, RuntimeError):
        pass
    assert deleted == ["table", "lake"]


def test_difference_is_one_short_line():
    """Line breaks become spaces, and the text is cut."""
    item = make_question(lambda _: expect(False, "first\n" + "second " * 90))
    finding = ask(item, Run(FakeTarget(), {})).finding
    assert finding.detail.startswith("first second")
    assert len(finding.detail) == 200


@pytest.mark.parametrize(
    ("text", "shared"),
    [
        (f"arn:aws:s3:::bucket-{ACCOUNT}/key is missing", "(ARN) is missing"),
        ("cannot read s3://my-lake/raw/", "cannot read (S3 URI)"),
        ("pool us-east-1_AbCdEf12 of ann@example.org", "pool (user pool) of (e-mail)"),
        ("https://x1.execute-api.eu-west-1.amazonaws.com/api", "(address)"),
        ("d111.cloudfront.net and x.auth.us-east-1.amazoncognito.com", "(host) and (host)"),
        ("AKIAIOSFODNN7EXAMPLE", "(key)"),
        ("query 0f8fad5b-d9cb-469f-a165-70867728950e", "query (id)"),
        ("table echostream-prod-Table-1X2Y is gone", "table (name) is gone"),
        ("2.0 units, 15 minutes, 2026-11-27", "2.0 units, 15 minutes, 2026-11-27"),
    ],
)
def test_private_parts_are_removed(text, shared):
    """What remains says what AWS did."""
    assert redact(text, ["echostream-prod", "off"]) == shared


@given(st.text(), st.from_regex(r"[0-9]{12}", fullmatch=True), st.text())
def test_account_id_is_never_recorded(before, number, after):
    """Whatever is around it, except further digits, which make it another number."""
    text = f"{before.rstrip('0123456789')}x{number}x{after}"
    assert number not in redact(text) or number in redact(before + after)


def test_page_has_a_row_for_each_question():
    """AWS's column says that nobody has asked; an emulator's has its own title."""
    works = {item.name: [WORKS, "as | expected"] for item in QUESTIONS}
    runs = {"MiniStack 1": {"as_of": "2026-01-02", "findings": works}}
    text = answers.format_section(runs, QUESTIONS)
    assert "| AWS | MiniStack 1 (2026-01-02) |" in text
    assert text.count("| not run | works: as \\| expected |") == len(QUESTIONS)
    runs["AWS"] = {"as_of": "2026-02-03", "findings": works}
    assert "| AWS (2026-02-03) | MiniStack 1 (2026-01-02) |" in answers.format_section(
        runs, QUESTIONS
    )


def test_recorded_answers_name_existing_questions():
    """And private names are in none of them."""
    text = answers.FILE.read_text()
    assert text == redact(text)
    names = {item.name for item in QUESTIONS}
    assert {name for run in answers.load().values() for name in run["findings"]} <= names


def test_json_has_no_messages():
    """What is printed for scripts can be shared, like the file."""
    item = make_question(ask)
    [row] = commands.to_json({"ask": Finding(WORKS, "x")}, [item])
    assert row["detail"] == "x"
    assert set(row) == {"name", "service", "behaviour", "verdict", "detail", "remedy"}
