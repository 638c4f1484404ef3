"""A network between the server and PostgreSQL that is slow, cuts what it carries into pieces, or cuts connections."""

import random
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from billing.tests.faults.catalogue import POSTGRESQL, Finding, Place, compared, fault
from billing.tests.faults.database_faults import unavailable
from billing.tests.faults.databases import Cluster
from billing.tests.faults.writers import Writers


class Proxy:
    """A TCP proxy to a port of this machine: `delay` seconds for each piece of at most `slice_bytes` bytes."""

    def __init__(self, port: int) -> None:
        self.target, self.delay, self.slice_bytes = port, 0.0, 65536
        self.open = threading.Event()
        self.open.set()
        self._connections: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Cut every connection and accept no more."""
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Cut the connections that there are."""
        for connection in self._connections[:]:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._connections.clear()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with suppress(OSError):
                    server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
                    server.settimeout(None)
                    self._connections += [client, server]
                    for source, sink in ((client, server), (server, client)):
                        threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                for at in range(0, len(data), self.slice_bytes):
                    self.open.wait()
                    if self.delay:
                        time.sleep(self.delay)
                    sink.sendall(data[at : at + self.slice_bytes])
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _through_proxy(place: Place, runs: int, trouble: Callable[[Proxy], None], *, gap: float) -> Finding:
    """Let writers work while something happens to the network, for five seconds a run."""
    cluster = place.cluster()
    proxy = Proxy(cluster.port)
    clinic = place.clinic(cluster, url=cluster.url.replace(f":{cluster.port}/", f":{proxy.port}/"))
    try:
        with Writers(clinic) as written:
            time.sleep(1)
            began = time.monotonic()
            for _ in range(runs):
                trouble(proxy)
            proxy.delay, proxy.slice_bytes = 0, 65536
            time.sleep(2)
            ended = time.monotonic()
        longest = written.longest_gap(began, ended)
        wrong = f"nothing was acknowledged for {longest:.1f} s" if longest > gap else ""
        return compared(clinic, written, Finding(runs, longest_gap=longest, wrong=wrong))
    finally:
        proxy.close()


@fault("the network delays by 40 ms", quick=0, whole=3, kinds=POSTGRESQL)
def delays(place: Place, runs: int) -> Finding:
    """Delay all that goes between the server and PostgreSQL."""

    def delay(proxy: Proxy) -> None:
        proxy.delay = 0.04
        time.sleep(5)

    return _through_proxy(place, runs, delay, gap=10)


@fault("the network carries seven bytes at a time", quick=0, whole=3, kinds=POSTGRESQL)
def slices(place: Place, runs: int) -> Finding:
    """Carry what goes between the server and PostgreSQL in small pieces."""

    def cut_small(proxy: Proxy) -> None:
        proxy.slice_bytes = 7
        time.sleep(5)

    return _through_proxy(place, runs, cut_small, gap=10)


@fault("the network cuts connections", quick=5, whole=50, kinds=POSTGRESQL)
def cuts(place: Place, runs: int) -> Finding:
    """Cut every connection to PostgreSQL at a random moment: while a statement runs, or a commit."""

    def cut(proxy: Proxy) -> None:
        time.sleep(random.uniform(0.1, 0.6))
        proxy.cut()

    return _through_proxy(place, runs, cut, gap=5)


@fault("PostgreSQL cut off for 12 s", quick=0, whole=3, kinds=POSTGRESQL)
def partition(place: Place, runs: int) -> Finding:
    """Carry nothing between the server and PostgreSQL, and keep the connections open."""
    cluster = place.cluster()
    proxy = Proxy(cluster.port)
    clinic = place.clinic(cluster, url=cluster.url.replace(f":{cluster.port}/", f":{proxy.port}/"))
    assert isinstance(clinic.books, Cluster)

    class Closed:
        """Nothing passes during the block."""

        def __enter__(self) -> None:
            proxy.open.clear()

        def __exit__(self, *_: object) -> None:
            proxy.open.set()

    try:
        return unavailable(clinic, runs, Closed, seconds=12, gap=30)
    finally:
        proxy.close()
