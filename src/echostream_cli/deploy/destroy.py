"""Removes a stage. Resources that hold data remain, unless their deletion is requested."""

import json
from collections.abc import Iterator
from pathlib import Path

from echostream_cli.console import confirm, confirm_by_name, step, table
from echostream_cli.deploy import data_resources, deny_policy, stack_state
from echostream_cli.deploy.data_resources import DATA_RESOURCES, Names
from echostream_cli.deploy.deploy import get_work_dir
from echostream_cli.errors import UserError
from echostream_cli.target import Target


def destroy(target: Target, data: str, yes: bool, confirmed_name: str) -> None:
    """Remove the stack, and with data="delete" the data it retained. Raises `UserError`."""
    notes = get_work_dir(target) / "kept.json"
    status = stack_state.wait_until_settled(target)
    names = _get_names(target, status, notes)
    if status is None and not names:
        print(f"  no stack {target.stack_name} on {target.where()}, and no record of its data")
        return
    _print_plan(target, status, names, data)
    if data == "delete":
        what = f"This deletes {', '.join(DATA_RESOURCES.values())} of {target.stack_name} for good."
        confirm_by_name(target.stack_name, what, confirmed_name)
    else:
        confirm(f"Remove {target.stack_name}?", yes)
    _write_notes(notes, names)
    if status is not None:
        deny_policy.detach(target)
        if data == "delete" and status in stack_state.FIRST_DEPLOYMENT_FAILED:
            data_resources.delete(target, names)  # CloudFormation cannot delete what is protected
        _remove_stack(target)
    _delete_page_bucket(target, names)
    if data == "delete":
        data_resources.delete(target, names)
        with step("secrets of the functions") as note:
            note.append(data_resources.delete_secrets(target))
        notes.unlink(missing_ok=True)
        if "AuditBucket" in names:
            print(f"  {names['AuditBucket']}: locked copies of the audit log, which AWS keeps")
    else:
        _print_remaining(target, names)


def _get_names(target: Target, status: str | None, notes: Path) -> dict[str, str]:
    """The names of data resources: from the stack, or from the notes if it was removed."""
    noted: dict[str, str] = json.loads(notes.read_text()) if notes.exists() else {}
    return noted if status is None else data_resources.list_names(target) or noted


def _write_notes(notes: Path, names: Names) -> None:
    """Record the names for a later run, when the stack no longer exists."""
    notes.parent.mkdir(parents=True, exist_ok=True)
    notes.write_text(json.dumps(names, indent=2) + "\n")


def _print_plan(target: Target, status: str | None, names: Names, data: str) -> None:
    print(f"  {target.stack_name} on {target.where()}: {status or 'already removed'}")
    rows = [
        (data, logical_id, names[logical_id], description)
        for logical_id, description in DATA_RESOURCES.items()
        if logical_id in names
    ]
    table((), rows, indent=4)


def _remove_stack(target: Target) -> None:
    status = stack_state.remove(target)
    if status is not None:
        raise UserError(
            f"{target.stack_name} is {status}; the reasons are above. Fix them, then"
            f" make destroy-aws STAGE={target.stage} continues from here"
        )


def _delete_page_bucket(target: Target, names: Names) -> None:
    """The stack retains the page's bucket, which is not empty but contains only build results."""
    if "SiteBucket" in names:
        with step("bucket of the page") as note:
            note.append(data_resources.delete_one(target, "SiteBucket", names["SiteBucket"]))


def _print_remaining(target: Target, names: Names) -> None:
    print("  The remaining resources cost storage only. A new deployment does not use them.")
    print(
        f"  To delete them: make destroy-aws STAGE={target.stage} DATA=delete (from this clone), or"
    )
    for logical_id, command in _list_commands(names):
        print(f"    {logical_id:<10} {command}")


def _list_commands(names: Names) -> Iterator[tuple[str, str]]:
    if table := names.get("Table"):
        option = f"--table-name {table}"
        yield "Table", f"aws dynamodb update-table {option} --no-deletion-protection-enabled"
        yield "", f"aws dynamodb delete-table {option}"
    if lake := names.get("Lake"):
        yield "Lake", f"aws s3 rb s3://{lake} --force"
    if bucket := names.get("AuditBucket"):
        note = f"aws s3api list-object-versions --bucket {bucket}  # AWS keeps them for AuditDays"
        yield "AuditBucket", note
    if pool := names.get("UserPool"):
        option = f"--user-pool-id {pool}"
        protection = "--deletion-protection INACTIVE"
        yield "UserPool", f"aws cognito-idp update-user-pool {option} {protection}"
        yield "", f"aws cognito-idp delete-user-pool {option}"
