import collections, atexit
from billing.tests.stateful import test_books as t
C=collections.Counter()
orig=t.Books.agree
def agree(self, answer, act, faults=()):
    import inspect
    fr=inspect.stack()[1].function
    if fr=='ask': fr=inspect.stack()[2].function
    orig(self, answer, act, faults)
    C[(fr, answer.code or 'ok')]+=1
    for i in self.ledger.invoices.values(): C[('status',i.status)]+=1
t.Books.agree=agree
def test_stats(db):
    t.run_state_machine_as_test(t.Books, settings=t.PLAY)
    for k,v in sorted(C.items()): print(k,v)
