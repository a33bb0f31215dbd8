"""Actions that the page's tests share: sign-in, refresh, injected failures."""

from playwright.sync_api import expect

from tests.accounts import PASSWORD


def submit_sign_in(page, account, password=PASSWORD):
    page.get_by_label("User name").fill(account.username)
    page.get_by_label("Password", exact=True).fill(password)
    page.locator("#sign-in-button").click()


def sign_in(page, account):
    submit_sign_in(page, account)
    expect(page.locator("#as-of")).to_contain_text("As of")


def refresh(page):
    """Make the page fetch at once, by pausing and resuming updates."""
    for _ in range(2):
        page.locator("#pause").click()


def texts(page):
    return page.locator("#list p.text")


def fail_api(page, **response):
    page.route("**/api/**", lambda route: route.fulfill(**response))


def replace_stats(page, stats):
    """Give /stats this response, until `page.unroute_all()`."""
    page.route("**/api/stats*", lambda route: route.fulfill(json=stats))


def fail_themes(page, **response):
    """Give /themes this response, until `page.unroute_all()`."""
    page.route("**/api/themes*", lambda route: route.fulfill(**response))


def replace_themes(page, content):
    """Give /themes this content, until `page.unroute_all()`."""
    fail_themes(page, json=content)


def fail_digest(page, **response):
    """Give /digest this response, until `page.unroute_all()`."""
    page.route("**/api/digest*", lambda route: route.fulfill(**response))


def replace_digest(page, content):
    """Give /digest this content, until `page.unroute_all()`."""
    fail_digest(page, json=content)


def fail_alerts(page, **response):
    """Give /alerts this response, until `page.unroute_all()`."""
    page.route("**/api/alerts*", lambda route: route.fulfill(**response))


def replace_alerts(page, content):
    """Give /alerts this content, until `page.unroute_all()`."""
    fail_alerts(page, json=content)


def end_session(page):
    """Make the API reject every token, and the pool every renewal."""
    fail_api(page, status=401, json={"message": "Unauthorized"})
    fail_user_pool(page, "REFRESH_TOKEN_AUTH", "Refresh Token has been revoked")


def fail_user_pool(page, text, message):
    """Make the user pool reject requests that contain a text; it accepts the others."""

    def reject(route):
        if text in (route.request.post_data or ""):
            error = {"__type": "NotAuthorizedException", "message": message}
            route.fulfill(status=400, json=error)
        else:
            route.continue_()

    page.route("**/cognito/", reject)


def is_renewal(request):
    return "REFRESH_TOKEN_AUTH" in (request.post_data or "")
