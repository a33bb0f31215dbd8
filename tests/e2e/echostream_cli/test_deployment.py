"""The AWS commands (deploy, diff, smoke, user, destroy) against an emulator in place of AWS."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest
from botocore.exceptions import ClientError

from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from tests.browser import CHROMIUM, chromium, load
from tests.e2e.echostream_cli.stage_clone import (
    STACK,
    TEMPLATE,
    Ann,
    Clone,
    assume_deployer_role,
    get_status,
    with_failure,
    with_more_storage,
    without_query_handler,
)
from tests.polling import is_reachable, wait_until
from tests.unit.test_gradual_deployment import SERVED, deployed, gate


@pytest.fixture(scope="module")
def clone(emulator, tmp_path_factory):
    return Clone(tmp_path_factory.mktemp("clone"), emulator)


def interrupt_first_deployment(clone: Clone) -> str:
    """Interrupt the command during a deployment that then fails; the command's output."""
    clone.use(TEMPLATE, with_failure(600))
    process = clone.start("deploy", "--yes", "--accept", "tests")
    output = ""
    assert process.stdout
    for line in process.stdout:
        output += line
        if "CREATE_IN_PROGRESS" in line:
            process.send_signal(signal.SIGINT)
            break
    rest, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "CREATE_IN_PROGRESS" in output, output + rest
    signal_failure(clone)
    return output + rest


def signal_failure(clone):
    """Fail the resource of `with_failure` as soon as CloudFormation waits for it."""
    failure = {"LogicalResourceId": "NeverReady", "UniqueId": "1", "Status": "FAILURE"}
    deadline = time.monotonic() + 120
    while get_status(clone) == "CREATE_IN_PROGRESS":
        with contextlib.suppress(ClientError):  # not waiting yet
            clone.client("cloudformation").signal_resource(StackName=STACK, **failure)
        assert time.monotonic() < deadline, "the first deployment does not fail"
        time.sleep(0.2)


def test_lifecycle_of_a_stage(clone):
    """Interrupt, deploy, send data, fail an update twice, destroy. All commands but the first run
    with the role of GitHub's workflow."""
    output = interrupt_first_deployment(clone)
    assert "interrupted: echostream-staging is" in output
    assert "The same command (deploy) continues from there" in output
    assume_deployer_role(clone)
    deploy_after_failure(clone)
    ann = Ann(clone)
    ann.send(60)
    before = ann.read()
    assert len(before[0]) == 60
    assert sum(before[1]) == 60
    for step in (fail_update, fail_smoke_test, mend_a_broken_version):
        step(clone)
        assert ann.read() == before
    if CHROMIUM:
        open_all_pages_of_the_dashboard(clone, ann)
    check_destroy(clone)


def deploy_after_failure(clone):
    """The first deployment that succeeds, after a failed one: without the page, then with it."""
    clone.use(TEMPLATE)
    clone.set_parameter("Page", "false")
    output = clone.deploy()
    assert "is ROLLBACK_COMPLETE: its first deployment failed" in output
    assert "smoke test: the API               sent, scored POSITIVE, found, counted" in output
    assert "smoke test: the page" not in output
    assert "SiteUrl" not in clone.outputs()
    clone.set_parameter("Page", "true")
    output = clone.deploy()
    assert "smoke test: the API               sent, scored POSITIVE, found, counted" in output
    assert "nothing would change" in clone.run("diff")
    assert "smoke test: the page              loads, with its Content-Security-Policy" in output
    check_smoke_user_is_removed(clone)


def check_smoke_user_is_removed(clone):
    """The smoke test leaves no member, also not one of version 1.0, and no user."""
    outputs = clone.outputs()
    items = clone.client("dynamodb").scan(TableName=outputs["TableName"])["Items"]
    keys = {(item["pk"]["S"], item["sk"]["S"]) for item in items}
    assert not [key for key in keys if key[0].startswith(("member#", "members#smoke"))]
    assert not [key for key in keys if "#smoke-" in key[0]]
    users = clone.client("cognito-idp").list_users(UserPoolId=outputs["UserPoolId"])["Users"]
    assert not [user for user in users if user["Username"].startswith("smoke-")]


def fail_update(clone):
    """An update that CloudFormation rolls back."""
    clone.use(TEMPLATE, with_failure(1))
    output = clone.deploy(is_failure=True)
    assert "WaitCondition timed out" in output
    assert "is UPDATE_ROLLBACK_COMPLETE: the update failed" in output


def fail_smoke_test(clone):
    """An update that the command rolls back, because the page's API does not work."""
    clone.use(TEMPLATE, without_query_handler)
    output = clone.deploy(is_failure=True)
    assert "the smoke test failed:" in output
    assert "error: the update was rolled back" in output
    assert "found, counted" in clone.run("smoke")
    check_smoke_user_is_removed(clone)


def mend_a_broken_version(clone):
    """A version that broke while it was in use is mended by a hotfix, and the hotfix taken back.

    The alarms on all versions fire meanwhile. None of them is one of those that stop a release.
    """
    good = break_live_version(clone)
    alarms = ("QueryCrashesAlarm", "FailedCallsAlarm")
    firing = set_alarms(clone, *alarms, state="ALARM")
    assert firing == set(alarms)
    resources = deployed(GradualDeployment="true")
    assert not firing & {name for function in SERVED for name in gate(resources, function)}
    assert "/health of the API returns 502, not 200" in clone.run("smoke", is_failure=True)
    clone.use(TEMPLATE, with_more_storage)
    output = clone.run("deploy", "--yes", "--accept", "tests", "--at-once")
    assert "found, counted" in output
    assert live_version(clone) > good
    set_alarms(clone, *alarms, state="OK")
    assert "found, counted" in clone.run("rollback", "--yes")
    assert "found, counted" in clone.run("smoke")
    clone.use(TEMPLATE)
    assert "nothing would change" in clone.run("diff")


def break_live_version(clone):
    """Let the alias of the query function lead to a version that cannot start; the one before."""
    client, name = clone.client("lambda"), clone.physical_name("QueryFunction")
    good = live_version(clone)
    client.update_function_configuration(FunctionName=name, Handler="handler.nothing")
    client.get_waiter("function_updated_v2").wait(FunctionName=name)
    broken = client.publish_version(FunctionName=name)["Version"]
    client.update_function_configuration(FunctionName=name, Handler="handler.handler")
    client.get_waiter("function_updated_v2").wait(FunctionName=name)
    client.update_alias(FunctionName=name, Name="live", FunctionVersion=broken)
    return good


def live_version(clone):
    name = clone.physical_name("QueryFunction")
    alias = clone.client("lambda").get_alias(FunctionName=name, Name="live")
    return int(alias["FunctionVersion"])


def set_alarms(clone, *names, state):
    """Set the state of alarms by hand; the names of those that are in the state ALARM."""
    cloudwatch = clone.client("cloudwatch")
    physical = {clone.physical_name(name): name for name in names}
    for name in physical:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="by hand")
    alarms = cloudwatch.describe_alarms(AlarmNames=list(physical))["MetricAlarms"]
    return {physical[one["AlarmName"]] for one in alarms if one["StateValue"] == "ALARM"}


def open_all_pages_of_the_dashboard(clone, ann):
    """`make dashboard STAGE=staging`: each page shows Ann's documents."""
    port = free_port()
    command = ["dashboard", "--stage", "staging", "--endpoint", clone.endpoint, "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "echostream_cli", *command],
        cwd=ROOT,
        env={**os.environ, **clone.companion},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout
        assert f"http://localhost:{port}" in process.stdout.readline()
        assert wait_until(lambda: is_reachable(f"http://127.0.0.1:{port}/_stcore/health"))
        with chromium() as browser:
            visit(browser.new_page(), f"http://localhost:{port}", ann.password)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def visit(page, url, password):
    """Sign in as Ann and open every page."""
    page.set_default_timeout(30_000)
    load(page, url)
    page.get_by_label("User name").fill("ann")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    main = page.get_by_test_id("stMain")
    main.locator("[data-testid=stVegaLiteChart] svg.marks").first.wait_for()
    assert page.get_by_role("button", name="Sign in as the demo user").count() == 0
    texts = {
        "Explore": "60 documents",
        "Themes": "documents were read",
        "Compare": "More frequent in A",
        "Sources": "forum",
        "Import": "Choose a file",
        "Engines": "VADER",
        "History": "row",
        "Health": "UPDATE_COMPLETE",
    }
    for name, text in texts.items():
        page.get_by_role("link", name=name, exact=True).click()
        page.get_by_role("heading", name=name, exact=True, level=1).wait_for()
        if name == "History":
            main.get_by_role("button", name="Run", exact=True).click()
        if name == "Engines":
            main.get_by_text("VADER").first.wait_for()
        main.get_by_text(text).first.wait_for(state="attached")  # a table's cells are not visible
        assert main.get_by_test_id("stException").count() == 0


def check_destroy(clone):
    """Data remains unless its deletion is requested; then a protected table and a versioned lake
    are deleted too."""
    outputs = clone.outputs()
    s3, lake = clone.client("s3"), outputs["LakeBucket"]
    s3.put_bucket_versioning(Bucket=lake, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"older", b"newer"):
        s3.put_object(Bucket=lake, Key="raw/again", Body=body)
    s3.delete_object(Bucket=lake, Key="raw/again")
    s3.create_multipart_upload(Bucket=lake, Key="raw/unfinished")
    table = {"TableName": outputs["TableName"]}
    clone.client("dynamodb").update_table(**table, DeletionProtectionEnabled=True)
    assert "YES=1" in clone.run("destroy", is_failure=True)
    output = clone.run("destroy", "--yes")
    assert f"delete-table --table-name {outputs['TableName']}" in output
    assert clone.client("dynamodb").describe_table(**table)
    assert s3.list_objects_v2(Bucket=lake)["KeyCount"]
    assert not clone.client("lambda").list_event_source_mappings()["EventSourceMappings"]

    assert f"CONFIRM={STACK}" in clone.run("destroy", "--data", "delete", is_failure=True)
    clone.run("destroy", "--data", "delete", "--confirm", STACK)
    assert outputs["TableName"] not in clone.client("dynamodb").list_tables()["TableNames"]
    buckets = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert not buckets & {lake, outputs["SiteBucket"]}
    pools = clone.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
    assert outputs["UserPoolId"] not in {pool["Id"] for pool in pools}
    assert "no record of its data" in clone.run("destroy", "--yes")
