"""Django's backend of SQLite, whose connections are closed after an error (base.py)."""
