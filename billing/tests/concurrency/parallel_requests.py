"""A client that posts the same request many times at the same moment, told by a line on its standard input.

    python parallel_requests.py PORT PATH TOKEN KEY TIMES BODY

Prints what it was answered, as JSON: status, whether it was a replay, Retry-After, Location, ETag, code, and body.
"""

import json
import sys
from http.client import HTTPConnection
from threading import Barrier, Thread
from typing import Any


def main(port: str, path: str, token: str, key: str, times: str, body: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, "Content-Type": "application/json"}
    together = Barrier(int(times) + 1)
    answers: list[dict[str, Any]] = []

    def post() -> None:
        connection = HTTPConnection("127.0.0.1", int(port), timeout=60)
        connection.connect()
        together.wait()
        connection.request("POST", path, body.encode(), headers)
        answer = connection.getresponse()
        names = ("Idempotent-Replayed", "Retry-After", "Location", "ETag")
        headers_received = {name: answer.headers.get(name) for name in names}
        answers.append({"status": answer.status, **headers_received, "body": answer.read().decode()})
        connection.close()

    threads = [Thread(target=post) for _ in range(int(times))]
    for thread in threads:
        thread.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    together.wait()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
