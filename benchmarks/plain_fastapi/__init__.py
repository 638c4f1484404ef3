"""A plain build with FastAPI, SQLAlchemy and asyncpg, as a competent engineer writes it, for script/bench."""
