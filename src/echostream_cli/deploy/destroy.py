"""Taking a stage away: what serves goes, what holds data stays unless it is told to go too."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli.console import confirm as agree
from echostream_cli.console import confirm_by_name, step
from echostream_cli.deploy import stack_state
from echostream_cli.deploy.change_set import KEEPERS
from echostream_cli.deploy.deploy import work_of
from echostream_cli.errors import UserError
from echostream_cli.target import Target

MISSING = {"ResourceNotFoundException", "NoSuchBucket", "404"}


def destroy(target: Target, data: str, yes: bool, confirm: str) -> None:
    """Remove the stack; with data="delete" what it kept, too. Raises `UserError`."""
    notes = work_of(target) / "kept.json"
    state = stack_state.settled(target)
    kept = _names(target, state, notes)
    if state is None and not kept:
        print(f"  there is no {target.stack_name} on {target.where()}, and nothing known of before")
        return
    _announce(target, state, kept, data)
    if data == "delete":
        what = f"This deletes {', '.join(KEEPERS.values())} of {target.stack_name} for good."
        confirm_by_name(target.stack_name, what, confirm)
    else:
        agree(f"Remove {target.stack_name}?", yes)
    _remember(notes, kept)
    if state is not None:
        _remove_stack(target)
    _delete_page_bucket(target, kept)
    if data == "delete":
        _delete(target, kept)
        notes.unlink(missing_ok=True)
    else:
        _say_what_stays(target, kept)


def _names(target: Target, state: str | None, notes: Path) -> dict[str, str]:
    """What holds data, by its name in the template: of the stack, or as noted when it went."""
    noted: dict[str, str] = json.loads(notes.read_text()) if notes.exists() else {}
    if state is None:
        return noted
    wanted = {*KEEPERS, "SiteBucket"}
    paginator = target.client("cloudformation").get_paginator("list_stack_resources")
    pages = list(paginator.paginate(StackName=target.stack_name))
    found = [r for page in pages for r in page["StackResourceSummaries"]]
    return {
        r["LogicalResourceId"]: r["PhysicalResourceId"]
        for r in found
        if r["LogicalResourceId"] in wanted and r.get("PhysicalResourceId")
    } or noted


def _remember(notes: Path, kept: Mapping[str, str]) -> None:
    """The names, for when the stack that knows them is gone and this is run again."""
    notes.parent.mkdir(parents=True, exist_ok=True)
    notes.write_text(json.dumps(kept, indent=2) + "\n")


def _announce(target: Target, state: str | None, kept: Mapping[str, str], data: str) -> None:
    print(f"  {target.stack_name} on {target.where()}: {state or 'the stack is gone already'}")
    for name, what in KEEPERS.items():
        if name in kept:
            fate = "goes" if data == "delete" else "stays"
            print(f"    {fate}  {name:<10} {kept[name]:<48} {what}")


def _remove_stack(target: Target) -> None:
    state = stack_state.remove(target)
    if state is not None:
        raise UserError(
            f"{target.stack_name} is {state}; the reasons stand above. Put them right, and"
            f" make destroy-aws STAGE={target.stage} again: it goes on from here"
        )


def _delete_page_bucket(target: Target, kept: Mapping[str, str]) -> None:
    """The page's bucket holds only what is built here; the stack retains it as it is not empty."""
    if "SiteBucket" in kept:
        with step("bucket of the page") as note:
            note.append(_delete_bucket(target.client("s3"), kept["SiteBucket"]))


def _delete(target: Target, kept: Mapping[str, str]) -> None:
    """Delete what holds data, each thing by itself; what is gone already is no error."""
    ways: dict[str, Callable[[str], str]] = {
        "Table": lambda name: _delete_table(target.client("dynamodb"), name),
        "Lake": lambda name: _delete_bucket(target.client("s3"), name),
        "UserPool": lambda name: _delete_pool(target.client("cognito-idp"), name),
    }
    for name in KEEPERS:
        if name in kept:
            with step(f"deleting {name}") as note:
                note.append(_or_gone(ways[name], kept[name]))


def _or_gone(way: Callable[[str], str], name: str) -> str:
    try:
        return way(name)
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return "was gone"
        raise UserError(f"{name}: {error}; run the command again when that is put right") from (
            error
        )
    except BotoCoreError as error:
        raise UserError(f"{name}: {error}; run the command again") from error


def _delete_table(dynamodb: Any, name: str) -> str:
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    dynamodb.delete_table(TableName=name)
    dynamodb.get_waiter("table_not_exists").wait(TableName=name)
    return "deleted; AWS keeps a backup for 35 days where point-in-time recovery was on"


def _delete_pool(cognito: Any, pool: str) -> str:
    cognito.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
    cognito.delete_user_pool(UserPoolId=pool)
    return "deleted"


def _delete_bucket(s3: Any, bucket: str) -> str:
    """Empty a bucket, old versions and unfinished uploads too, and delete it."""
    number = 0
    try:
        for some in _versions(s3, bucket):
            failed = s3.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})
            if failed.get("Errors"):
                raise UserError(f"{bucket}: cannot delete {failed['Errors'][0]}")
            number += len(some)
        for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for upload in page.get("Uploads", []):
                names = {"Key": upload["Key"], "UploadId": upload["UploadId"]}
                s3.abort_multipart_upload(Bucket=bucket, **names)
        s3.delete_bucket(Bucket=bucket)
    except s3.exceptions.NoSuchBucket:
        return "was gone"
    return f"{number:,} objects and the bucket deleted"


def _versions(s3: Any, bucket: str) -> Iterator[list[dict[str, str]]]:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if found:
            yield [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]


def _say_what_stays(target: Target, kept: Mapping[str, str]) -> None:
    print("  What stays costs storage only. A new deployment starts empty beside it. To remove it:")
    print(f"    make destroy-aws STAGE={target.stage} DATA=delete   (from this clone), or by hand:")
    for name, command in _commands(kept):
        print(f"    {name:<10} {command}")


def _commands(kept: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if table := kept.get("Table"):
        of = f"--table-name {table}"
        yield "Table", f"aws dynamodb update-table {of} --no-deletion-protection-enabled"
        yield "", f"aws dynamodb delete-table {of}"
    if lake := kept.get("Lake"):
        yield "Lake", f"aws s3 rb s3://{lake} --force"
    if pool := kept.get("UserPool"):
        of = f"--user-pool-id {pool}"
        yield "UserPool", f"aws cognito-idp update-user-pool {of} --deletion-protection INACTIVE"
        yield "", f"aws cognito-idp delete-user-pool {of}"
