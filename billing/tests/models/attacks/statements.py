"""The statements of SQL that attacks are made of."""

from django.apps import apps

NEXT = "version + 1"
STEP = "UPDATE billing_numberseries SET last_number = last_number + 1 WHERE id = {series}"


def copy(table: str, of: str, verb: str = "INSERT", **other: str) -> str:
    """The statement that enters a row like the one with id `of`, but for some columns."""
    model = next(model for model in apps.get_app_config("billing").get_models() if model._meta.db_table == table)
    columns = [str(field.column) for field in model._meta.concrete_fields]
    values = ["'{new}'" if name == "id" and name not in other else other.get(name, name) for name in columns]
    return f"{verb} INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} WHERE id = '{of}'"


def update(name: str, **columns: str) -> str:
    """The statement that changes an invoice, and takes its document away, which would not be true any more."""
    columns = {"wire_document": "NULL"} | columns
    return f"UPDATE billing_invoice SET {', '.join(f'{k} = {v}' for k, v in columns.items())} WHERE id = '{{{name}}}'"


def enter(table: str, **columns: str) -> str:
    """The statement that enters a ledger row, signed, with these columns."""
    signed = {
        "id": "'{new}'",
        "created_at": "'{now}'",
        "created_by_id": "{system}",
        "client": "''",
        "request_id": "''",
        **columns,
    }
    return f"INSERT INTO {table} ({', '.join(signed)}) VALUES ({', '.join(signed.values())})"


def event(name: str, status: str, version: str = "version + 1") -> str:
    """The statement that forges an invoice's next event."""
    invoice = f"FROM billing_invoice WHERE id = '{{{name}}}'"
    return enter(
        "billing_invoiceevent",
        id="'{newer}'",
        invoice_id=f"'{{{name}}}'",
        kind="'voided'",
        version=f"(SELECT {version} {invoice})",
        status=f"'{status}'",
        reason="'forged'",
        changes="'{{}}'",
    )


def allocate(payment: str, invoice: str, amount: int, refund: str = "NULL") -> str:
    """The statement that puts a payment's cents onto an invoice, or into a refund."""
    return enter(
        "billing_paymentallocation",
        payment_id=f"'{{{payment}}}'",
        invoice_id=f"'{{{invoice}}}'" if invoice else "NULL",
        amount=str(amount),
        refund_id=refund,
    )
