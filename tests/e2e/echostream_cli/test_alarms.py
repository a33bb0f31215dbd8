"""Log lines, metrics and alarms of a running sandbox."""

import json
import re
from datetime import UTC, datetime

from echostream_cli.operate import alarms
from tests import commands
from tests.polling import wait_until


def wait_for_events(settings, function, pattern, number=1):
    """The JSON log lines of a function that match a pattern, once there are so many."""
    pages = settings.target.client("logs").get_paginator("filter_log_events")
    group = f"/aws/lambda/{settings.stack_name}-local-{function}"

    def read_events():
        query = {"logGroupName": group, "filterPattern": f'"{pattern}"'}
        lines = [event["message"] for page in pages.paginate(**query) for event in page["events"]]
        return [json.loads(line) for line in lines if line.startswith("{")]

    found = wait_until(lambda: len(read_events()) >= number)
    assert found, f"no {number} events with {pattern} in {group}"
    return read_events()


def read_alarms(settings):
    readings = alarms.read(settings.target, datetime.now(UTC))
    return {reading.name: reading for reading in readings}


def test_log_and_metrics_of_a_document_have_the_id_of_its_request(settings, client, name):
    """The event `ingested` and the line of metrics; neither contains the text."""
    client.ingest([{"id": name, "text": f"a secret of {name}"}])
    (event,) = wait_for_events(settings, "processor", name)
    assert event["message"] == "ingested"
    request = event["correlation_id"]
    assert len(request) > 10
    events = wait_for_events(settings, "processor", request)
    metrics = next(event for event in events if "_aws" in event)
    assert (metrics["Accepted"], metrics["Stored"], metrics["Failed"]) == ([1], [1], [0])
    assert 0 < metrics["Lag"][0] < 60
    assert "a secret of" not in json.dumps(events)


def test_repeated_document_is_accepted_and_not_stored_again(settings, client, name):
    """Accepted, stored and rejected documents are counted separately."""
    client.ingest([{"id": name, "text": "once"}])
    client.ingest([{"id": name, "text": "once"}, {"text": ""}])
    requests = [
        event["correlation_id"] for event in wait_for_events(settings, "processor", name, 2)
    ]
    events = wait_for_events(settings, "processor", requests[-1])
    metrics = next(event for event in events if "_aws" in event)
    numbers = (metrics["Accepted"], metrics["Stored"], metrics["Rejected"])
    assert numbers == ([1], [0], [1])
    assert "Lag" not in metrics


def test_alarms_of_a_healthy_sandbox_are_ok(settings, client, name):
    """Each reading names its entry of the runbook."""
    client.ingest([{"id": name, "text": "here"}])
    wait_for_events(settings, "processor", name)
    readings = read_alarms(settings)
    assert readings["no-data"].state == "ok"
    assert readings["no-data"].value >= 1
    assert readings["lag"].value > 0
    assert wait_until(lambda: read_alarms(settings)["counting"].value == 0)
    assert readings["counting"].state == "ok"
    assert readings["dead-letters"].value == 0
    assert [n for n, r in readings.items() if f"docs/runbook.md#{n}" not in r.why] == []


def test_failed_event_of_a_schedule_is_a_dead_letter_and_fires_an_alarm(settings, sandbox):
    """After the last retry the queue has the event with its error; `make alarms` fails."""
    sqs, queue = settings.target.client("sqs"), settings.target.resource("DeadLetters")
    function = settings.target.resource("CompactFunction")
    settings.target.client("lambda").invoke(
        FunctionName=function, InvocationType="Event", Payload=b'{"id": "no time"}'
    )
    try:
        assert wait_until(lambda: read_alarms(settings)["dead-letters"].state == "alarm")
        process = commands.run(settings.environment(), "alarms")
        assert process.returncode == 1
        assert re.search(r"^alarm +Dead letters", process.stdout, re.M)
        letter = json.loads(sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])
        assert letter["requestPayload"] == {"id": "no time"}
        assert "time" in letter["responsePayload"]["errorMessage"]
    finally:
        sqs.purge_queue(QueueUrl=queue)
    assert read_alarms(settings)["dead-letters"].state == "ok"


def test_crash_of_a_function_is_counted_for_that_function(settings, sandbox):
    """And as a failed call."""
    before = read_alarms(settings)["query-crashes"].value
    function = settings.target.resource("QueryFunction")
    response = settings.target.client("lambda").invoke(FunctionName=function, Payload=b"{}")
    assert response["FunctionError"]
    wait_for_events(settings, "query", "Failed")
    readings = read_alarms(settings)
    assert readings["query-crashes"].value == before + 1
    assert readings["errors"].value > 0


def test_alarms_without_a_sandbox_fail_with_a_message(settings, tmp_path):
    """No traceback."""
    process = commands.run(
        {**settings.environment(), "STATE_DIR": str(tmp_path), "EMULATOR_PORT": "9"},
        "alarms",
    )
    assert process.returncode == 1
    assert process.stderr.startswith("error: no sandbox is running here")
