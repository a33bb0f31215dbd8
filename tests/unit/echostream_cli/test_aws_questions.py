"""Questions to AWS: what counts as expected, what as different, and what as not asked."""

import base64
import json
from typing import Any, cast

import pytest

from echostream.adapters.athena import QueryResult
from echostream.domain.errors import QueryRefused
from echostream_cli.doctor.aws import lake_questions, service_questions
from echostream_cli.doctor.aws.all_questions import QUESTIONS
from echostream_cli.doctor.aws.context import NotDeployed, Run
from echostream_cli.doctor.aws.lake_questions import EVERYBODY, OWN_ID
from echostream_cli.doctor.aws.questions import ERROR, ask
from echostream_cli.doctor.aws.service_questions import check_tokens
from echostream_cli.doctor.aws.template_parts import statements, table
from echostream_cli.doctor.probe_context import Differs
from echostream_cli.doctor.probes import DIFFERS, NOT_RUN, WORKS
from tests.unit.echostream_cli.fake_target import FakeTarget, client_error

BY_NAME = {item.name: item for item in QUESTIONS}
VIOLATION = "CONSTRAINT_VIOLATION: For the injected projected partition column tenant_id, the WHERE"
NAMES = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "Database": "db",
    "Lake": "bucket",
    "Lake.Arn": "arn:aws:s3:::bucket",
    "LakeRetentionDays": "30",
    "WorkGroup": "group",
}


class FakeLake:
    """A lake whose Athena returns these rows, or fails with a message; it records statements."""

    bucket, day, names = "bucket", "2026-11-20", NAMES

    def __init__(self, outcome: Any, is_view: bool = True):
        self.outcome, self.has_view = outcome, is_view
        self.statements: list[str] = []
        self.athena = self.catalog = self

    def query(self, sql: str) -> QueryResult:
        self.statements.append(sql)
        if isinstance(self.outcome, str):
            raise QueryRefused("query_failed", self.outcome)
        return QueryResult("q", (), self.outcome, False, 0, 0.0)

    def athena_of(self, client: Any) -> Any:
        return self

    def is_view(self, name: str, create: str) -> bool:
        return self.has_view

    def register(self, day: str, tenants: Any) -> None:
        assert day == self.day


def answer(name: str, lake: Any = None, outputs: Any = None, **services: Any) -> Any:
    """The answer to a question, with these fakes of AWS."""
    run = Run(FakeTarget(**services), outputs or {})
    if lake:
        run.__dict__["lake"] = lake
    return ask(BY_NAME[name], run)


OWN: list[Any] = [(OWN_ID,)]
LAKE_ANSWERS = [
    ("injected_through_view", OWN, WORKS, "through UNION ALL and the window"),
    ("injected_through_view", VIOLATION, DIFFERS, VIOLATION),
    ("injected_through_view", [*OWN, ("of-other",)], DIFFERS, "the query returns 2 rows"),
    ("injected_in_each_table", OWN, WORKS, "the tenant in the WHERE clause of each table"),
    ("injected_in_each_table", VIOLATION, DIFFERS, VIOLATION),
    (
        "object_as_text",
        [('{"positive":0.5,"negative":0.0,"neutral":0.5,"mixed":0.0}',)],
        WORKS,
        "JSON text",
    ),
    ("object_as_text", [("{positive=0.5}",)], DIFFERS, "the value is '{positive=0.5}'"),
    ("object_as_text", [(None,)], DIFFERS, "the value is None"),
]


@pytest.mark.parametrize(("name", "outcome", "verdict", "detail"), LAKE_ANSWERS)
def test_answer_follows_from_the_rows(name, outcome, verdict, detail):
    """A failure that Athena reports is a difference, with its message."""
    finding = answer(name, FakeLake(outcome)).finding
    assert (finding.verdict, finding.detail) == (verdict, detail)


def test_stored_view_is_compared_by_its_definition():
    """As the compaction does."""
    assert answer("stored_view", FakeLake([])).finding.verdict == WORKS
    assert answer("stored_view", FakeLake([], is_view=False)).finding.verdict == DIFFERS


def role_services() -> dict[str, Any]:
    keys = {"AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c"}
    return {
        "iam": {
            **{call: {} for call in ("put_role_policy", "delete_role", "delete_role_policy")},
            "create_role": {"Role": {"Arn": "arn:aws:iam::123456789012:role/x"}},
        },
        "sts": {"assume_role": [client_error("AccessDenied"), {"Credentials": keys}]},
        "athena": {},
    }


def test_role_compacts_a_day(monkeypatch):
    """The new role is assumed once IAM knows it; the day is then read from the new folder."""
    monkeypatch.setattr(lake_questions, "wait_for", soon)
    lake = FakeLake(OWN)
    assert answer("role_of_the_compaction", lake, **role_services()).finding.verdict == WORKS
    assert [sql.split()[0] for sql in lake.statements] == ["UNLOAD", "CREATE", "SELECT"]


def test_missing_right_on_the_default_database_is_named(monkeypatch):
    """The one ARN that is recorded is of a database that every account has."""
    monkeypatch.setattr(lake_questions, "wait_for", soon)
    refused = (
        "User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform:"
        " glue:GetDatabase on resource: arn:aws:glue:us-east-1:123456789012:database/default"
    )
    finding = answer("role_of_the_compaction", FakeLake(refused), **role_services()).finding
    assert finding.verdict == DIFFERS
    assert finding.detail == (
        "User: (ARN) is not authorized to perform: glue:GetDatabase on resource:"
        " (ARN of Glue database default)"
    )


def soon(read, timeout=0):
    """The result of three calls at most, without waiting."""
    return read() or read() or read()


def test_policy_of_the_question_is_the_templates():
    """With the right on the database `default` that Athena asks for; no reference stays."""
    policy = statements("CompactFunction", ("athena", "glue", "s3"), NAMES)
    text = json.dumps(policy)
    assert "${" not in text
    assert "database/default" in text
    assert "glue:BatchCreatePartition" in text
    assert "arn:aws:athena:us-east-1:123456789012:workgroup/group" in text
    assert "dynamodb" not in text


def test_tables_of_the_question_are_the_templates():
    """The placeholders of partitions stay, for Athena."""
    parameters = table("EnrichedTable", NAMES)["Parameters"]
    location = parameters["storage.location.template"]
    assert location == "s3://bucket/enriched/tenant_id=${tenant_id}/dt=${dt}/"
    assert parameters["projection.tenant_id.type"] == "injected"


def open_to(*principals):
    return [{"Principal": {"DataLakePrincipalIdentifier": one}} for one in principals]


@pytest.mark.parametrize(
    ("databases", "tables", "verdict"),
    [
        (open_to(EVERYBODY), open_to(EVERYBODY), WORKS),
        (open_to(EVERYBODY), [], DIFFERS),
        ([], open_to("arn:aws:iam::123456789012:role/x"), DIFFERS),
    ],
)
def test_lake_formation_must_leave_both_open(databases, tables, verdict):
    """Databases and tables have defaults of their own."""
    settings = {
        "CreateDatabaseDefaultPermissions": databases,
        "CreateTableDefaultPermissions": tables,
    }
    response = {"get_data_lake_settings": {"DataLakeSettings": settings}}
    assert answer("lake_formation_defaults", lakeformation=response).finding.verdict == verdict


def test_refused_call_is_an_error_without_its_message():
    """The message, which may name the account, is for the terminal alone."""
    message = "User: arn:aws:iam::123456789012:user/ann is not authorized"
    refused = {"get_data_lake_settings": client_error("AccessDeniedException", message)}
    result = answer("lake_formation_defaults", lakeformation=refused)
    assert result.finding.verdict == ERROR
    assert result.finding.detail == "Operation: AccessDeniedException"
    assert message in result.message


def token(**claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps({"iat": 0, "exp": 900, **claims}).encode())
    return f"x.{body.decode().rstrip('=')}.x"


ID = {"tenant_id": "asking", "aud": "c"}
ACCESS = {"tenant_id": "asking", "client_id": "c"}
WRONG_TOKENS = [
    ({"aud": "c"}, ACCESS, "the ID token has no tenant_id"),
    (ID, {"client_id": "c"}, "the access token has no tenant_id"),
    ({**ID, "exp": 3600}, ACCESS, "the ID token lasts 3600 s"),
    ({**ID, "aud": "other"}, ACCESS, "aud of the ID token"),
    (ID, {**ACCESS, "client_id": "x"}, "client_id of the access token"),
    (ID, {**ACCESS, "aud": "c"}, "the access token has aud"),
]


@pytest.mark.parametrize(("person", "access", "difference"), WRONG_TOKENS)
def test_each_claim_is_checked(person, access, difference):
    """Of both tokens: the trigger's claim, the client, the validity."""
    with pytest.raises(Differs, match=difference):
        check_tokens(token(**person), token(**access), "c")


def test_tokens_with_all_claims_are_as_expected():
    """The negative cases above differ from these in one claim each."""
    check_tokens(token(**ID), token(**ACCESS), "c")


class Waiter:
    def wait(self, **_: Any) -> None:
        """The table exists."""


def tables(**responses: Any) -> dict[str, Any]:
    calls: dict[str, Any] = {
        call: {} for call in ("create_table", "delete_table", "update_time_to_live")
    }
    return {"dynamodb": {**calls, "get_waiter": Waiter(), **responses}}


def conflict(code):
    error = client_error("TransactionCanceledException")
    cast("Any", error.response)["CancellationReasons"] = [{"Code": code}]
    return error


@pytest.mark.parametrize(
    ("response", "verdict", "detail"),
    [
        (conflict("TransactionConflict"), WORKS, "after 4 transactions, 4 at once"),
        (conflict("ConditionalCheckFailed"), DIFFERS, "the reason is ConditionalCheckFailed"),
        ({}, DIFFERS, "none of 100 transactions conflicted, 4 at once"),
    ],
)
def test_conflict_has_its_reason(response, verdict, detail):
    """It is provoked by transactions at the same time, and not for ever."""
    finding = answer("transaction_conflict", **tables(transact_write_items=response)).finding
    assert (finding.verdict, finding.detail) == (verdict, detail)


@pytest.mark.parametrize(("units", "verdict"), [(2.0, WORKS), (1.0, DIFFERS)])
def test_units_of_a_transaction_are_compared(units, verdict):
    """Two for an item of less than a kilobyte."""
    response = {"ConsumedCapacity": [{"CapacityUnits": units}]}
    finding = answer("transaction_units", **tables(transact_write_items=response)).finding
    assert finding.verdict == verdict


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ({"TimeToLiveStatus": "ENABLING", "AttributeName": "expires_at"}, WORKS),
        ({"TimeToLiveStatus": "DISABLED"}, DIFFERS),
        ({"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}, DIFFERS),
    ],
)
def test_time_to_live_is_on_for_the_attribute(state, verdict):
    """Its configuration is all that is asked."""
    responses = tables(describe_time_to_live={"TimeToLiveDescription": state})
    assert answer("time_to_live", **responses).finding.verdict == verdict


def test_time_to_live_of_the_stage_is_asked_too():
    """A new table's is as expected, the stage's is not."""
    on = {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    states = [{"TimeToLiveDescription": one} for one in (on, {"TimeToLiveStatus": "DISABLED"})]
    responses = tables(describe_time_to_live=states)
    finding = answer("time_to_live", outputs={"TableName": "t"}, **responses).finding
    assert (finding.verdict, finding.detail) == (
        DIFFERS,
        "the state of the stage's table is DISABLED",
    )


class FakeSite:
    """A page's address whose responses have these statuses; the first has the server's time."""

    def __init__(self, statuses):
        self.statuses, self.addresses = list(statuses), []

    def __call__(self, target):
        return self

    def get(self, path):
        self.addresses.append(path)
        self.status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        self.data = b"1000.5"
        return self


@pytest.mark.parametrize(
    ("statuses", "verdict", "detail"),
    [
        ([404, 200, 503, 200], WORKS, "200 as soon as the API returns it"),
        ([200, 503], DIFFERS, "503 for more than 12 s"),
        ([200, 500, 200], DIFFERS, "the function's 503 arrives as 500"),
        ([404], DIFFERS, "the new route of the API returns no 200 within 60 s"),
    ],
)
def test_error_must_not_be_served_again(monkeypatch, statuses, verdict, detail):
    """The same address is asked before and after the function recovers."""
    site = FakeSite(statuses)
    monkeypatch.setattr(service_questions, "PublicSite", site)
    monkeypatch.setattr(service_questions, "create_route", lambda _: "/api/x")
    monkeypatch.setattr(service_questions, "wait_for", soon)
    monkeypatch.setattr(service_questions, "FAILING", 0.0)
    finding = answer("error_caching", outputs={"SiteUrl": "https://x/"}).finding
    assert (finding.verdict, finding.detail) == (verdict, detail)
    if verdict == WORKS:
        assert len({*site.addresses[:2]}) == 2
        assert site.addresses[-1] == site.addresses[-2] == "/api/x/1000.5"


@pytest.mark.parametrize("outputs", [{}, {"TableName": "t"}])
def test_question_about_a_page_needs_one(outputs):
    """Without a stage, or without its page, it is not run, rather than an error."""
    finding = answer("error_caching", outputs=outputs).finding
    assert finding.verdict == NOT_RUN
    with pytest.raises(NotDeployed):
        Run(FakeTarget(), {}).require_stage()


def test_question_names_are_unique():
    """Recorded answers identify questions by name."""
    assert len(BY_NAME) == len(QUESTIONS) >= 11
