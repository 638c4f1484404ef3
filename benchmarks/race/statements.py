"""The same questions to PostgreSQL itself, as scripts of pgbench: the upper bound of every contestant."""

from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from race.database import rows

ITEM = (
    "json_build_object('id', item.id, 'position', position, 'code', code, 'description', description, "
    "'quantity', quantity, 'unit_price', unit_price, 'discount_amount', item.discount_amount, "
    "'discount_percent', item.discount_percent, 'tax_rate', tax_rate, 'line_total', line_total)"
)
INVOICE = (
    "json_build_object('issue_date', issue_date, 'due_date', due_date, 'status', status, "
    "'discount_amount', invoice.discount_amount, 'discount_percent', invoice.discount_percent, "
    "'paid_amount', paid_amount, 'appointment_id', appointment_id, 'patient_id', patient_id, 'id', invoice.id, "
    "'subtotal', subtotal, 'remaining_amount', remaining_amount, 'total_amount', total_amount, "
    "'reg_number', reg_number, 'created_at', created_at, 'updated_at', updated_at, 'items', "
    f"(SELECT json_agg({ITEM} ORDER BY position) FROM plain_item item WHERE item.invoice_id = invoice.id), 'tags', "
    "(SELECT coalesce(json_agg(name), '[]') FROM plain_tag tag JOIN plain_invoice_tags link ON link.tag_id = tag.id "
    "WHERE link.invoice_id = invoice.id))"
)
GET = (
    "\\set n random(1, {count})\n"
    f"SELECT {INVOICE} FROM plain_invoice invoice WHERE id = (SELECT id FROM race_id WHERE n = :n);\n"
)
LIST = f"SELECT json_agg({INVOICE}) FROM (SELECT * FROM plain_invoice ORDER BY created_at, id LIMIT 100) invoice;\n"
NUMBER = "'DRAFT-' || translate(upper(substr(md5(random()::text), 1, 10)), '0189', 'GHIJ')"


def write_scripts(plain: str, product: str, drafts: tuple[str, str], folder: Path) -> dict[str, Path]:
    """Write scripts, and return their paths by name: get, list and create on plain tables; `guarded` on the product's.

    `drafts` are invoices, of the plain tables and of the product's, that were just created: what each consists of is
    inserted again and again.
    """
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE TABLE race_id AS SELECT row_number() OVER () AS n, id FROM plain_invoice LIMIT 1000")
        connection.execute("ALTER TABLE race_id ADD PRIMARY KEY (n)")
    count = rows(plain, "SELECT count(*) FROM race_id")[0][0]
    texts = {
        "get": GET.format(count=count),
        "list": LIST,
        "create": _creation(plain, drafts[0], "plain_invoice", ["plain_item"]),
        "guarded": _creation(product, drafts[1], "billing_invoice", ["billing_invoiceitem", "billing_invoiceevent"]),
    }
    scripts = {}
    for name, text in texts.items():
        scripts[name] = folder / f"{name}.sql"
        scripts[name].write_text(text)
    return scripts


def _creation(url: str, key: str, table: str, parts: list[str]) -> str:
    """Return one statement that inserts a copy of an invoice and its rows under new ids."""
    with psycopg.connect(url) as connection:
        head = _literals(connection, table, "id", key, {"id": "gen_random_uuid()", "reg_number": NUMBER})[0]
        made = f"WITH made AS (INSERT INTO {table} SELECT {head} RETURNING id)"
        of_part = {"id": "gen_random_uuid()", "invoice_id": "made.id"}
        inserts = []
        for part in parts:
            lines = _literals(connection, part, "invoice_id", key, of_part)
            inserts.append(f"INSERT INTO {part} " + " UNION ALL ".join(f"SELECT {line} FROM made" for line in lines))
        *first, last = inserts
        others = "".join(f", part{number} AS ({insert})" for number, insert in enumerate(first))
        return f"{made}{others} {last};\n"


def _literals(
    connection: psycopg.Connection[Any], table: str, column: str, key: str, replaced: dict[str, str]
) -> list[str]:
    """Return rows as lists of typed constants in the order of the columns, with some columns replaced."""
    names = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [table],
    ).fetchall()
    asked = sql.SQL("SELECT {} FROM {} WHERE {} = %s").format(
        sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name, _ in names),
        sql.Identifier(table),
        sql.Identifier(column),
    )
    found = connection.execute(asked, [key]).fetchall()
    assert found, f"{table} has no row of {key}"
    return [
        ", ".join(
            replaced.get(name) or f"{_literal(value)}::{kind}" for (name, kind), value in zip(names, row, strict=True)
        )
        for row in found
    ]


def _literal(value: str | None) -> str:
    """Return a constant without a colon, which pgbench would read as the start of a variable's name."""
    if value is None:
        return "NULL"
    escaped = value.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3A")
    return f"E'{escaped}'"
