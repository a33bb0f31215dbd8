"""What every spend ledger keeps to. Subclass it and give `ledger` and `account`."""

import threading

MONTH = "2026-05"


class LedgerContract:
    def test_adds_up_to_the_cap(self, ledger, account):
        """Units are added as long as they fit, and summed; the last one that fits is added."""
        assert ledger.reserve(account, MONTH, 60, cap=100) == 60
        assert ledger.reserve(account, MONTH, 41, cap=100) is None
        assert ledger.reserve(account, MONTH, 40, cap=100) == 100
        assert not ledger.reserve(account, MONTH, 1, cap=100)
        assert ledger.spent(account, MONTH) == 100

    def test_more_than_the_cap_at_once(self, ledger, account):
        """What alone is past the cap is refused, also as the first of a month."""
        assert not ledger.reserve(account, MONTH, 101, cap=100)
        assert ledger.spent(account, MONTH) == 0

    def test_gives_back(self, ledger, account):
        """Released units can be reserved again."""
        ledger.reserve(account, MONTH, 100, cap=100)
        ledger.release(account, MONTH, 30)
        assert ledger.spent(account, MONTH) == 70
        assert ledger.reserve(account, MONTH, 30, cap=100)

    def test_months_and_accounts_are_apart(self, ledger, account):
        """A new month, and another account, start from nothing."""
        ledger.reserve(account, MONTH, 100, cap=100)
        assert ledger.reserve(account, "2026-06", 100, cap=100)
        assert ledger.reserve(account + "x", MONTH, 100, cap=100)

    def test_fifty_writers_cannot_pass_the_cap(self, ledger, account):
        """Fifty at once, wanting 7 units each out of 200: 28 get them, and not one unit more."""
        granted = []
        start = threading.Barrier(50)

        def write():
            start.wait()
            granted.append(ledger.reserve(account, MONTH, 7, cap=200))

        threads = [threading.Thread(target=write) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(granted) == 50
        assert sorted(filter(None, granted)) == list(range(7, 197, 7))
        assert ledger.spent(account, MONTH) == 200 // 7 * 7
