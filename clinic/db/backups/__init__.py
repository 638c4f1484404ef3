"""Backups of the database in one file, taken while others write, and their restoration.

Entry point: `backups_of(connection)`. It knows SQLite and PostgreSQL, and no table of the product. The commands are in
billing/management/commands/.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from clinic.db.backups.postgresql import PostgreSQLBackups
from clinic.db.backups.sqlite import SQLiteBackups


def backups_of(connection: BaseDatabaseWrapper) -> SQLiteBackups | PostgreSQLBackups:
    """Return the functions that back up and restore the database of a connection."""
    return PostgreSQLBackups(connection) if connection.vendor == "postgresql" else SQLiteBackups(connection)
