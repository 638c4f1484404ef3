"""How a test with real transactions empties the books, which refuse it: their triggers are lifted for the flush only.

Production code has no switch that turns them off.
"""

import pytest


@pytest.fixture(scope="session", autouse=True)
def flush_lifts_the_triggers():
    """TransactionTestCase flushes by what `sql_flush` answers with: statements that run in one transaction."""
    from django.db import connection

    from billing.models.triggers import sqlite

    operations = type(connection.ops)
    flush = operations.sql_flush

    def lifted_flush(self, *args, **kwargs):
        statements = flush(self, *args, **kwargs)
        if self.connection.vendor == "postgresql":
            return ["SET LOCAL session_replication_role = replica", *statements]
        return [*sqlite.drop_statements(), *statements, *sqlite.create_statements()]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", lifted_flush)
        yield
