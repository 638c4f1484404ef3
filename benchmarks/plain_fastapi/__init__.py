"""A plain build with FastAPI, SQLAlchemy and asyncpg, as a competent engineer writes it: a rival in script/bench."""
