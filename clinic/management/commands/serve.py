"""`manage.py serve`: start the server, with workers that are started again, until a signal ends it.

The application is loaded and checked once, in the main process; the workers are forked from it, so that a new one
serves within milliseconds, and share its memory. Granian's main process starts a worker that ended again. When workers
end as fast as they start, granian gives up, and all of it is started again after a pause.
"""

import ctypes
import logging
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
import time
from argparse import ArgumentParser
from contextlib import suppress
from functools import cache, partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from clinic.api.responses.errors import refusal
from clinic.web.front import Front
from clinic.web.server import build_application

KILL_SECONDS = 10  # after which a worker that was asked to end is killed
HEADER_SECONDS = 10  # for the headers of a request, and for the next request on a connection
MAX_CONNECTIONS = 4096  # open connections of a worker
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before the server starts again
STEADY_SECONDS = 60  # after a life that long, the next pause is the first one again
PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>

log = logging.getLogger("clinic.start")


class Command(BaseCommand):
    help = "Start the server. SIGTERM or SIGINT ends it in order within 15 seconds."
    requires_system_checks = []  # build_application() runs all of them

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on (default: 127.0.0.1).")
        parser.add_argument("--port", type=int, default=8000, help="Port to listen on (default: 8000).")
        parser.add_argument(
            "--workers", type=int, default=os.cpu_count(), help="Number of processes (default: one for each core)."
        )

    def handle(self, *_: Any, host: str, port: int, workers: int, **__: Any) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # while loading, either signal ends the process at once
        reserved = reserve_port(host, port)
        raise_file_limit()
        front()
        run_until_signal(host, port, workers)
        reserved.close()


@cache
def front() -> Front:
    """Return the application; in a forked worker the one that the main process loaded."""
    return Front(build_application(), refusal)


def reserve_port(host: str, port: int) -> socket.socket:
    """Return an open socket that stands for the port, or refuse to start beside another server.

    Each worker of a server listens on the port itself (SO_REUSEPORT), so the port alone would not refuse a second
    server. An abstract Unix socket, which only Linux has, exists once, and as long as a process of the server does.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    lock = socket.socket(socket.AF_UNIX if sys.platform == "linux" else family)
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
        if sys.platform == "linux":
            lock.bind(f"\0clinic-billing-{host}-{port}")
    except (OSError, OverflowError) as error:
        raise CommandError(f"Cannot listen on {host}:{port} ({getattr(error, 'strerror', None) or error}).") from error
    return lock


def raise_file_limit() -> None:
    """Let a worker have MAX_CONNECTIONS open at once, as far as the system permits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MAX_CONNECTIONS if hard == resource.RLIM_INFINITY else min(2 * MAX_CONNECTIONS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def run_until_signal(host: str, port: int, workers: int) -> None:
    """Run granian until a signal ends it; whenever it ends otherwise, run it again after a pause that grows."""
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork", force=True)
    pause = FIRST_PAUSE
    while True:
        began = time.monotonic()
        server = Granian(
            "clinic",  # a name for its messages; load() returns the application
            address=host,
            port=port,
            workers=workers,
            interface=Interfaces.RSGI,
            http=HTTPModes.http1,
            websockets=False,
            backlog=1024,
            backpressure=MAX_CONNECTIONS,
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
            log_level=LogLevels.warning,
            respawn_failed_workers=True,
            workers_kill_timeout=KILL_SECONDS,
        )
        with suppress(SystemExit):  # when workers end as fast as they start
            server.serve(target_loader=partial(load, os.getpid()), wrap_loader=False)
        restore_signals()
        if server.interrupt_signal:
            return
        pause = FIRST_PAUSE if time.monotonic() - began > STEADY_SECONDS else pause
        log.error("The server starts again in %d seconds", pause)
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def load(main_pid: int) -> Any:
    """Return the application; called first in each worker."""
    restore_signals()  # those of the main process would ignore a SIGTERM until granian sets the worker's own
    end_with(main_pid)
    return front()


def restore_signals() -> None:
    """Let SIGTERM and SIGINT end this process at once."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def end_with(main_pid: int) -> None:
    """Let this process be killed when the main process ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=watch, args=(main_pid,), daemon=True).start()
    if os.getppid() != main_pid:  # it ended before this process said so
        os._exit(1)


def watch(main_pid: int) -> None:
    """Kill this process when the main process is its parent no longer."""
    while os.getppid() == main_pid:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)
