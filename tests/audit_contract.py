"""The contract of an audit log, for the one in memory and the one in DynamoDB."""

from datetime import timedelta

import pytest

from echostream.domain.audit import Action, AuditQuestion, new_event


class AuditContract:
    """A subclass has the fixtures `log`, `tenant` and `at`."""

    @pytest.fixture
    def add(self, log, tenant, at):
        """A function that records an event some time before `at`; its id."""

        def add(before=timedelta(0), action=Action.SIGN_IN, of=tenant, **details):
            event = new_event(of, at - before, "person#pool#ann", action, "x", **details)
            log.record(event)
            return event.id

        return add

    @pytest.fixture
    def ids(self, log, tenant, at):
        """A function that reads all pages; the ids of each page."""

        def ids(limit=100, start=timedelta(days=400), end=timedelta(0), action=None):
            question = AuditQuestion(at - start, at - end + timedelta(seconds=1), action)
            page = log.read(tenant, question, limit)
            found = [[event.id for event in page.events]]
            while page.position:
                assert len(found) < 100, "pages have no end"
                page = log.read(tenant, question, limit, page.position)
                found.append([event.id for event in page.events])
            return found

        return ids

    def test_event_is_read_as_it_was_recorded(self, log, tenant, at):
        """All of its parts."""
        event = new_event(tenant, at, "operator#arn", Action.TENANT_QUOTA, "acme", stored="5")
        log.record(event)
        log.record(event)  # a call whose response was lost
        [found] = log.read(tenant, AuditQuestion(at, at + timedelta(seconds=1)), 10).events
        assert found == event

    def test_newest_event_is_first(self, add, ids):
        """Over several months and years; events of one time are all there."""
        days = (0, 1, 20, 40, 200, 370)
        expected = [add(timedelta(days=day)) for day in days]
        same_time = {add(timedelta(days=100)) for _ in range(3)}
        [found] = ids()
        assert [one for one in found if one not in same_time] == expected
        assert same_time < set(found)

    @pytest.mark.parametrize("limit", [1, 2, 3, 7])
    def test_pages_have_each_event_once(self, add, ids, limit):
        """No page is longer than the limit; the last one has no position."""
        expected = [add(timedelta(days=9 * number)) for number in range(7)]
        pages = ids(limit)
        assert [one for page in pages for one in page] == expected
        assert all(len(page) <= limit for page in pages)
        assert len(pages) == -(-len(expected) // limit)

    def test_period_has_its_start_and_not_its_end(self, log, tenant, add, at):
        """Also where a page begins before it."""
        newer, older = add(), add(timedelta(hours=1))
        early, late = at - timedelta(hours=1), at
        assert [e.id for e in log.read(tenant, AuditQuestion(early, late), 9).events] == [older]
        assert log.read(tenant, AuditQuestion(early, at), 9, older).events == []
        assert log.read(tenant, AuditQuestion(late, late), 9, newer).events == []

    def test_events_of_an_action_are_selected(self, add, ids):
        """Few among many, page by page."""
        exports = []
        for number in range(12):
            add(timedelta(days=number))
            if number % 4 == 0:
                exports.append(add(timedelta(days=number, hours=1), Action.EXPORT))
        pages = ids(2, action=Action.EXPORT)
        assert [one for page in pages for one in page] == exports
        assert ids(action=Action.ERASURE_REQUEST) == [[]]

    def test_tenants_have_logs_of_their_own(self, add, ids, tenant):
        """Also if one name is the beginning of the other."""
        mine = add()
        add(of=f"{tenant}x")
        add(of=tenant[:-1])
        assert ids() == [[mine]]
