"""Django's backend of PostgreSQL with a limit for each wait (base.py)."""
