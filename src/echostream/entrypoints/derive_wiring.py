"""The composition root of the derive function."""

from functools import cache

from echostream.adapters.s3_lake import S3Lake
from echostream.domain.archive import Archive
from echostream.domain.deleted_tenants import LeaveOutDeleted
from echostream.entrypoints import wiring
from echostream.entrypoints.config import DeriveSettings


@cache
def settings() -> DeriveSettings:
    return DeriveSettings.read()


@cache
def archive() -> Archive:
    lake = S3Lake(wiring.client("s3"), settings().bucket)
    return Archive(lake, wiring.erasures(), wiring.now)


@cache
def leave_out_deleted() -> LeaveOutDeleted:
    return LeaveOutDeleted(wiring.erasures(), wiring.now)
