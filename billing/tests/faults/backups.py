"""A backup that is taken while the clinic works, and restored."""

import time

from billing.tests.faults.catalogue import BOTH, Finding, Place, compared, fault
from billing.tests.faults.databases import Cluster, SQLiteBooks
from billing.tests.faults.writers import Writers, Written


@fault("a backup under load, restored", quick=1, whole=5, kinds=BOTH)
def backup_under_load(place: Place, runs: int) -> Finding:
    """Take a backup while writers work: restored, it has all that was acknowledged before it began."""
    clinic = place.clinic()
    finding = Finding(runs)
    for _ in range(runs):
        file = place.new_folder() / "backup"
        with Writers(clinic) as written:
            time.sleep(2)
            began = time.monotonic()
            clinic.manage("backup", "--output", str(file))
            ended = time.monotonic()
            time.sleep(1)
        books: SQLiteBooks | Cluster = place.books()
        restored = place.clinic_of(books)
        restored.manage("restore", str(file))
        before = Written(
            {mark: at for mark, at in written.invoices.items() if at < began},
            {mark: at for mark, at in written.payments.items() if at < began},
        )
        finding = compared(restored, before, Finding(runs, longest_gap=written.longest_gap(began, ended)))
        if finding.wrong:
            return finding
    return finding
