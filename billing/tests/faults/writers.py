"""Clients that write without pause, and keep what was acknowledged; the books must hold each of it exactly once."""

import itertools
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from billing.tests.faults.clinic_server import ClinicServer

RETRIED = {0, 409, 429, 500, 502, 503, 504}  # 409: the first try of the same key is not over yet


@dataclass
class Written:
    """Acknowledgements to the writers: marks of invoices and payments with the time of each acknowledgement."""

    invoices: dict[str, float] = field(default_factory=dict)
    payments: dict[str, float] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        return len(self.invoices) + len(self.payments)

    def times(self) -> list[float]:
        """Return the times of all acknowledgements, the earliest first."""
        return sorted(itertools.chain(self.invoices.values(), self.payments.values()))

    def longest_gap(self, since: float, until: float) -> float:
        """Return the longest time in seconds without an acknowledgement."""
        times = [since, *(at for at in self.times() if since <= at <= until), until]
        return max(after - before for before, after in itertools.pairwise(times))

    def next_after(self, start: float) -> float:
        """Return the seconds from a time to the next acknowledgement, infinite if there was none."""
        return min((at - start for at in self.times() if at > start), default=float("inf"))


class Writers:
    """Threads that issue an invoice and take a payment for it, again and again, each with an idempotency key.

    A request without an answer, or with one of RETRIED, is sent again with its key until it is acknowledged. Use it
    as a context manager: at the end of the block each thread finishes its request.
    """

    def __init__(self, clinic: ClinicServer, *, threads: int = 4, pause: float = 0) -> None:
        self.clinic, self.pause = clinic, pause
        self.token = clinic.token()
        page = clinic.ask("GET", "/patient/?limit=20", token=self.token)
        self.patients = [patient["id"] for patient in json.loads(page.body)["data"]]
        self.written, self._lock, self._over = Written(), threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(at,), daemon=True) for at in range(threads)]

    def __enter__(self) -> Written:
        for thread in self._threads:
            thread.start()
        return self.written

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(90)

    def _write(self, at: int) -> None:
        for number in itertools.count(at):
            if self._over.is_set():
                return
            mark = uuid.uuid4().hex
            item = {"description": "Consultation", "quantity": 1, "unit_price": 80}
            patient = self.patients[number % len(self.patients)]
            body = {"patient_id": patient, "items": [item], "notes": mark, "status": "ISSUED"}
            invoice = self._send("/invoice/", body, mark, self.written.invoices)
            if invoice:
                payment = {"amount": 30, "method": "cash", "reference": mark}
                self._send(f"/invoice/{invoice['id']}/payments", payment, f"p-{mark}", self.written.payments)
            time.sleep(self.pause)

    def _send(self, path: str, body: dict[str, Any], key: str, into: dict[str, float]) -> dict[str, Any] | None:
        """Return what the server answered once it acknowledged the request; None if it refused it for good."""
        until = float("inf")
        while time.monotonic() < until:
            answer = self.clinic.ask("POST", path, body, token=self.token, key=key)
            with self._lock:
                self.written.statuses[answer.status] = self.written.statuses.get(answer.status, 0) + 1
                if answer.status == 201:
                    into[key.removeprefix("p-")] = time.monotonic()
                    return dict(json.loads(answer.body))
                if answer.status == 401:
                    self.token = self.clinic.token()
                elif answer.status not in RETRIED:
                    self.written.refused.append(f"{answer.status} {answer.body[:300]!r}")
                    return None
            if self._over.is_set() and until == float("inf"):
                until = time.monotonic() + 30  # finish what was begun
            time.sleep(0.03)
        return None
