"""The page's distribution in the template: what it caches, and a deployment without it."""

import re

import pytest

from tests.unit.test_gradual_deployment import template

RESOURCES = template()["Resources"]
CONFIG = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]
CUSTOMIZABLE = {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
"""The statuses that CloudFront caches as errors, by its documentation."""
OF_THE_PAGE = {"Distribution", "SiteAccess", "SiteBucket", "SiteBucketPolicy", "SiteHeaders"}


def test_no_error_is_cached():
    """By default CloudFront keeps each for 10 s, and answers the requests of others with it."""
    found = {one["ErrorCode"]: one for one in CONFIG["CustomErrorResponses"]}
    assert found.keys() == CUSTOMIZABLE
    assert {one["ErrorCachingMinTTL"] for one in found.values()} == {0}


def test_errors_of_the_api_keep_their_bodies():
    """A page or a status for an error would replace the API's own, which clients read."""
    keys = set().union(*CONFIG["CustomErrorResponses"])
    assert keys == {"ErrorCode", "ErrorCachingMinTTL"}


def test_deployment_without_a_page_has_none_of_its_resources():
    """An account that CloudFront refuses can be used."""
    of_the_page = {n for n, r in RESOURCES.items() if r.get("Condition") == "HasPage"}
    assert of_the_page == OF_THE_PAGE
    assert not [r for r in RESOURCES.values() if "CloudFront" in r["Type"] and not r["Condition"]]


@pytest.mark.parametrize("name", sorted(RESOURCES.keys() - OF_THE_PAGE))
def test_only_conditions_lead_to_the_page(name):
    """A reference to a resource that is not created would fail the deployment."""
    assert not _unconditional(RESOURCES[name]) & OF_THE_PAGE


def _unconditional(value):
    """The names that a part refers to where there is no page."""
    if isinstance(value, list):
        return set().union(*map(_unconditional, value))
    if not isinstance(value, dict):
        return set()
    if "Fn::If" in value and value["Fn::If"][0] in ("HasPage", "HasHostedSignIn"):
        return _unconditional(value["Fn::If"][2])
    names = set().union(*map(_unconditional, value.values()))
    for key in value.keys() & {"Ref", "Fn::GetAtt", "Fn::Sub"}:
        names |= set(re.findall(r"\w+", str(value[key])))
    return names
