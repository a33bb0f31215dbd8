"""Tests of every spend ledger. A subclass provides the fixtures `ledger` and `account`."""

import threading

MONTH = "2026-05"


class LedgerContract:
    def test_reserve_adds_units_up_to_the_cap(self, ledger, account):
        """A reservation that fits returns the sum; one that does not fit returns None."""
        assert ledger.reserve(account, MONTH, 60, cap=100) == 60
        assert ledger.reserve(account, MONTH, 41, cap=100) is None
        assert ledger.reserve(account, MONTH, 40, cap=100) == 100
        assert ledger.reserve(account, MONTH, 1, cap=100) is None
        assert ledger.spent(account, MONTH) == 100

    def test_first_reservation_above_the_cap_is_refused(self, ledger, account):
        """The first reservation of a month is checked against the cap too."""
        assert ledger.reserve(account, MONTH, 101, cap=100) is None
        assert ledger.spent(account, MONTH) == 0

    def test_released_units_can_be_reserved_again(self, ledger, account):
        """A release lowers the sum."""
        ledger.reserve(account, MONTH, 100, cap=100)
        ledger.release(account, MONTH, 30)
        assert ledger.spent(account, MONTH) == 70
        assert ledger.reserve(account, MONTH, 30, cap=100) == 100

    def test_months_and_accounts_have_separate_sums(self, ledger, account):
        """A new month and another account start at zero."""
        ledger.reserve(account, MONTH, 100, cap=100)
        assert ledger.reserve(account, "2026-06", 100, cap=100) == 100
        assert ledger.reserve(account + "x", MONTH, 100, cap=100) == 100

    def test_concurrent_reservations_stay_within_the_cap(self, ledger, account):
        """Of 50 concurrent reservations of 7 units with a cap of 200, 28 succeed."""
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
