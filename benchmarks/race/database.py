"""Databases of a benchmark run: one for each contestant and size, in one cluster, all with the same rows."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg
from psycopg import sql

# Of each table of the baselines: what is read of the product's, and the columns. `/100`: whole cents become a decimal.
MONEY_IN = (
    "billing_paymentallocation allocation JOIN billing_payment payment ON payment.id = payment_id "
    "WHERE allocation.invoice_id IS NOT NULL"
)
PLAIN = {
    "plain_patient": ("patients_patient", "id record_number given_name family_name phone email"),
    "plain_tag": ("billing_tag", "id name"),
    "plain_invoice": (
        "billing_invoice",
        """id reg_number patient_id appointment_id status issue_date due_date discount_amount/100 discount_percent/10000
        subtotal/100 total_amount/100 paid_amount/100 remaining_amount/100 created_at updated_at""",
    ),
    "plain_invoice_tags": ("billing_invoice_tags", "invoice_id tag_id"),
    "plain_item": (
        "billing_invoiceitem",
        """id invoice_id position code description quantity/1000 unit_price/10000 discount_amount/100
        discount_percent/10000 tax_rate/10000 line_total/100""",
    ),
    "plain_payment": (
        MONEY_IN,
        "allocation.id allocation.invoice_id allocation.amount/100 method reference received_at",
    ),
}


def of_name(server: str, name: str) -> str:
    """Return the URL of another database on the server of a URL."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def for_sqlalchemy(url: str) -> str:
    """Return the URL with SQLAlchemy's name of the driver asyncpg."""
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


def for_programs(url: str) -> dict[str, str]:
    """Return a URL as the environment variables of PostgreSQL's programs."""
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query).get("host", ["localhost"])[0]
    environment = {"PGHOST": host, "PGPORT": str(parts.port or 5432), "PGUSER": parts.username or "postgres"}
    return environment | {"PGDATABASE": parts.path[1:]} | ({"PGPASSWORD": parts.password} if parts.password else {})


def create(server: str, name: str) -> str:
    """Create an empty database and return its URL."""
    execute(server, f'CREATE DATABASE "{name}"')
    return of_name(server, name)


def drop(server: str, name: str) -> None:
    execute(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def rows(url: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement, values or None).fetchall()


def copy_books(product: str, plain: str) -> None:
    """Copy the rows of the product's tables into those of a baseline with COPY."""
    with psycopg.connect(product) as source, psycopg.connect(plain, autocommit=True) as target:
        target.execute("SET session_replication_role = replica")
        for table, (read, columns) in PLAIN.items():
            asked = ", ".join(_read(column) for column in columns.split())
            named = ", ".join(column.partition("/")[0].rpartition(".")[2] for column in columns.split())
            reading = sql.SQL(f"COPY (SELECT {asked} FROM {read}) TO STDOUT")
            writing = sql.SQL(f"COPY {table} ({named}) FROM STDIN")
            with source.cursor().copy(reading) as out, target.cursor().copy(writing) as into:
                for block in out:
                    into.write(block)
        target.execute("VACUUM ANALYZE")


def _read(column: str) -> str:
    """Return the SQL of a column; `total_amount/100` stands for whole cents as a decimal with two places."""
    name, _, parts = column.partition("/")
    return f"{name} * {1 / int(parts):.{len(parts) - 1}f}" if parts else name


def wait_until_idle(url: str, *, most: float = 120.0) -> None:
    """Wait until no statement is running in the cluster; a client that gave up may have left some."""
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend' "
        "AND pid <> pg_backend_pid()"
    )
    ends = time.monotonic() + most
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < ends and connection.execute(asked).fetchall() != [(0,)]:
            time.sleep(0.1)


def program(name: str) -> str:
    """Return the path of a program of the newest PostgreSQL, such as pgbench."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return str(found[-1]) if found else name


def shared_buffers(server: str) -> str:
    """Return PostgreSQL's setting shared_buffers, such as 128MB."""
    return str(rows(server, "SHOW shared_buffers")[0][0])


def version(server: str) -> str:
    return str(rows(server, "SHOW server_version")[0][0]).partition(" ")[0]
