"""Machine and versions of a benchmark run, without a name or a path."""

import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

from race import database
from race.servers import BENCH_PYTHON, WORKERS

OURS = ("django", "djangorestframework", "django-oauth-toolkit", "django-filter", "granian", "psycopg", "orjson")
THEIRS = ("fastapi", "pydantic", "sqlalchemy", "asyncpg", "uvicorn", "uvloop", "httptools")


def described(server: str) -> list[str]:
    """Return sentences about the machine and the versions."""
    cpu = re.search(r"^model name\s*: (.*)$", _read("/proc/cpuinfo"), re.MULTILINE)
    memory = re.search(r"^MemTotal: *(\d+)", _read("/proc/meminfo"), re.MULTILINE)
    system = re.search(r'^PRETTY_NAME="?([^"\n]*)', _read("/etc/os-release"), re.MULTILINE)
    cores = len([line for line in _read("/proc/cpuinfo").splitlines() if line.startswith("processor")])
    asked = f"from importlib.metadata import version; print(*(f'{{n}} {{version(n)}}' for n in {THEIRS!r}), sep=', ')"
    theirs = subprocess.run([str(BENCH_PYTHON), "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    wrk = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False)
    wrk_version = re.search(r"wrk \S*?([0-9][0-9.]+\S*)", wrk.stdout + wrk.stderr)
    machine = (
        f"Machine: {cores} cores ({cpu[1].strip() if cpu else platform.machine()}), "
        f"{int(memory[1]) // 1024**2 if memory else '?'} GB, {system[1] if system else platform.system()}; "
        "clients, servers and database share it."
    )
    programs = (
        f"Python {platform.python_version()}; PostgreSQL {database.version(server)}; "
        f"wrk {wrk_version[1] if wrk_version else '?'}; {WORKERS} workers a server."
    )
    return [
        machine,
        programs,
        f"Product and plain DRF: {', '.join(f'{name} {version(name)}' for name in OURS)}.",
        f"Plain FastAPI: {theirs}.",
    ]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
