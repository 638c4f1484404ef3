"""Django's configuration of the databases that are named by URLs."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from clinic.environment import env


def database_of_url(url: str, *, folder: Path, pooler: bool, variable: str = "DATABASE_URL") -> dict[str, Any]:
    """Return the configuration of the database of a variable's URL; connections are kept and checked.

    A relative path of SQLite begins at `folder`; `pooler` is DATABASE_POOLER.
    """
    if url.partition(":")[0] not in {"postgresql", "postgres", "sqlite"}:
        raise ImproperlyConfigured(f"{variable} must begin with postgresql:// or sqlite:///.")
    try:
        config = dict(env.db_url_config(url))
    except ValueError as error:
        raise ImproperlyConfigured(f"{variable} cannot be read: {error}.") from error
    kind = "sqlite3" if config["ENGINE"].endswith("sqlite3") else "postgresql"
    config |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
    config["ENGINE"] = f"clinic.db.backends.{kind}"
    return sqlite(config, folder) if kind == "sqlite3" else postgresql(config, pooler=pooler)


def sqlite(config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the configuration of SQLite in which writers queue, commits are durable, and every trigger runs."""
    if config["NAME"] != ":memory:":  # a relative path names the same file from any folder
        config["NAME"] = str(folder / config["NAME"])
    config["OPTIONS"] = {
        **config.get("OPTIONS", {}),
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000; "
            "PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON"
        ),
    }
    return config


def postgresql(config: dict[str, Any], *, pooler: bool) -> dict[str, Any]:
    """Return the configuration of PostgreSQL with statements prepared at their first use, unless there is a pooler.

    The options of the URL win over these defaults.
    """
    config["OPTIONS"] = {
        "server_side_binding": True,
        "prepare_threshold": None if pooler else 1,
        "connect_timeout": 2,  # seconds for each address; the least that is possible
        "tcp_user_timeout": 10_000,  # milliseconds until a connection without a reply is closed
        **config.get("OPTIONS", {}),
    }
    config["DISABLE_SERVER_SIDE_CURSORS"] = pooler
    return config
