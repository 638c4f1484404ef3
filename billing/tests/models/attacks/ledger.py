"""Attacks on what was once entered: edited, deleted, or emptied by the table."""

from billing.models.triggers import GUARDED_TABLES
from billing.models.triggers.ledger_guards import LEDGER
from billing.tests.models.attacks.attack import POSTGRESQL, Attack

LEDGER_ATTACKS = [
    *(
        Attack(f"edit {table}", (f"UPDATE {table} SET created_at = '{{now}}'",), f"append-only ({table})")
        for table in LEDGER
    ),
    *(Attack(f"delete from {table}", (f"DELETE FROM {table}",), f"append-only ({table})") for table in LEDGER),
    Attack(
        "raise a payment", ("UPDATE billing_payment SET amount = amount * 2 WHERE id = '{payment}'",), "append-only"
    ),
    Attack(
        "delete the last event",
        ("DELETE FROM billing_invoiceevent WHERE invoice_id = '{paid}' AND kind = 'paid'",),
        "append-only",
    ),
    *(Attack(f"truncate {table}", (f"TRUNCATE {table} CASCADE",), "(billing_", POSTGRESQL) for table in GUARDED_TABLES),
]
