"""Database access that all apps share: fields, transactions, bulk writes, compiled queries, and SQL migrations."""
