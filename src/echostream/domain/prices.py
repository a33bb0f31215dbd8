"""Prices of the calls that this package makes (us-east-1, November 2026), and what AWS bills.

The price file of `echostream_cli.costs` takes these values over; they are stated here only.
"""

COMPREHEND_DOLLARS_PER_UNIT = 0.0001
"""Up to 10 million units a month; https://aws.amazon.com/comprehend/pricing/."""
ATHENA_DOLLARS_PER_TB = 5.0
"""https://aws.amazon.com/athena/pricing/."""
MEGABYTE, TERABYTE = 2**20, 2**40
"""In bytes. The pricing page does not define its units; these are binary."""
MIN_MEGABYTES = 10
"""Billed for a statement that reads anything."""


def billed_terabytes(bytes_scanned: int) -> float:
    """What Athena bills for a statement: whole megabytes, 10 at least, nothing for 0 bytes."""
    if not bytes_scanned:
        return 0.0
    megabytes = max(MIN_MEGABYTES, -(-bytes_scanned // MEGABYTE))
    return megabytes * MEGABYTE / TERABYTE


def scan_dollars(bytes_scanned: int) -> float:
    """The price of a statement that reads so many bytes."""
    return billed_terabytes(bytes_scanned) * ATHENA_DOLLARS_PER_TB
