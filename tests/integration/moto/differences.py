"""Tests and classes of tests that fail on moto, and what it does differently."""

DIFFERENCES = {
    "test_address_has_one_subscription": (
        "Subscribe with other attributes returns the existing subscription; SNS refuses it"
    ),
}
