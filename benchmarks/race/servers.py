"""Servers of the contestants: started as their authors recommend, with two workers each; and their memory."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
BENCH_PYTHON = ROOT / "var" / "bench-venv" / "bin" / "python"
WORKERS = 2
PAUSE = 0.3  # seconds between two looks at the memory


@dataclass
class Server:
    """A running contestant: its URL without a slash at the end, its token and its processes."""

    name: str
    url: str
    token: str
    process: subprocess.Popen[bytes]

    def pids(self) -> list[int]:
        """Return the server's first process and all its descendants."""
        found = [self.process.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    found += map(int, children.read_text().split())
                except OSError:
                    continue
        return found

    def memory(self) -> tuple[int, int]:
        """Return the bytes of all processes: proportional (a shared page counts once), and resident."""
        sums = {"Pss:": 0, "Rss:": 0}
        for pid in self.pids():
            try:
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            except OSError:
                continue
            for line in lines:
                name, *rest = line.split()
                if name in sums:
                    sums[name] += int(rest[0]) * 1024
        return sums["Pss:"], sums["Rss:"]

    def busy(self) -> float:
        """Return the processor time of all processes, in seconds."""
        ticks = 0
        for pid in self.pids():
            try:
                after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            ticks += int(after_name[11]) + int(after_name[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    @contextmanager
    def watched(self) -> Iterator[list[tuple[int, int]]]:
        """Yield a list to which the memory is added at short intervals."""
        seen: list[tuple[int, int]] = []
        done = threading.Event()

        def look() -> None:
            while not done.wait(PAUSE):
                seen.append(self.memory())

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield seen
        finally:
            done.set()
            thread.join()

    def stop(self) -> None:
        """End the server and all processes of its session."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _product(_application: str, port: int) -> list[str]:
    """Return the command with which script/server starts the product."""
    return [sys.executable, str(ROOT / "manage.py"), "serve", "--port", str(port), "--workers", str(WORKERS)]


def _granian(application: str, port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--no-ws", "--workers", str(WORKERS), "--blocking-threads", "1", "--blocking-threads-idle-timeout", "600"),
        application,
    ]


def _uvicorn(application: str, port: int) -> list[str]:
    return [
        *(str(BENCH_PYTHON), "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(port), "--workers", str(WORKERS)),
        *("--no-access-log", "--log-level", "warning", "--loop", "uvloop", "--http", "httptools", application),
    ]


COMMANDS = {
    "product": (_product, ""),
    "drf": (_granian, "plain_drf.wsgi:application"),
    "fastapi": (_uvicorn, "plain_fastapi.app:app"),
    "empty": (_granian, "empty.wsgi:application"),
    "bare": (_granian, "empty.wsgi:application"),
}


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a deployment behind a proxy, without the settings of this shell."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'benchmarks'}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "127.0.0.1",
        "TRUSTED_PROXIES": "127.0.0.1",
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
        "THROTTLE_USER": "1000000",  # counted, never reached
        "THROTTLE_CLIENT": "1000000",
        **more,
    }


def start(name: str, token: str, folder: Path, settings: Mapping[str, str]) -> Server:
    """Start a contestant's server and return it once it answers; its log is a file in the folder."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    command, application = COMMANDS[name]
    counts = folder / f"metrics-{port}"
    counts.mkdir()
    log = folder / f"{name}-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command(application, port),
            env=environment(counts, **settings),
            cwd=folder,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    server = Server(name, f"http://127.0.0.1:{port}", token, process)
    for _ in range(300):
        if process.poll() is not None:
            break
        if _answers(server.url):
            return server
        time.sleep(0.1)
    server.stop()
    sys.exit(f"{name} does not answer. Its log:\n{log.read_text()[-3000:]}")


def _answers(url: str) -> bool:
    try:
        urlopen(f"{url}/healthz", timeout=2).close()
    except HTTPError:  # whatever it says
        return True
    except (URLError, OSError):
        return False
    return True


def run(python: str | Path, arguments: Sequence[str], folder: Path, **settings: str) -> str:
    """Return the last line that a program prints; the race ends with its output when it fails."""
    done = subprocess.run(
        [str(python), *arguments],
        env=environment(folder, **settings),
        cwd=ROOT / "benchmarks",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}:\n{done.stderr[-3000:]}")
    return done.stdout.strip().rpartition("\n")[2]
