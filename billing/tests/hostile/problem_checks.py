"""What a refusal looks like, whoever caused it."""

from typing import Any
from urllib.parse import unquote

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}
TELLTALE = (b"Traceback", b"django.", b"psycopg", b"sqlite3", b"SELECT ", b"INSERT ", b"billing_", b"site-packages")
LONGEST = 60_000  # bytes, beside the address that was asked


def check_problem(answer: Any) -> dict[str, Any]:
    """A problem as RFC 9457 and the rules have it, which tells nothing of what is behind."""
    assert answer.status_code < 500, answer.content[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told.keys() >= MEMBERS
    assert told["status"] == answer.status_code
    assert told["code"]
    assert told["detail"]
    assert told["request_id"] == answer.headers["x-request-id"]
    assert len(told["errors"]) <= 50
    assert all(error.keys() == {"pointer", "code", "detail"} for error in told["errors"])
    assert len(answer.content) - len(told["instance"].encode()) < LONGEST
    return told


def check_refusal(answer: Any, case: Any, *, is_oauth: bool) -> None:
    """The refusal that a case asks for; at `/o/` as RFC 6749 has it."""
    sent = unquote(f"{case.request} {case.body}")
    assert not [word for word in TELLTALE if word in answer.content and word.decode() not in sent]
    if case.request.startswith("HEAD ") or (is_oauth and case.status == 405):  # RFC 6749 knows no error for it
        assert answer.content == b""
        return
    if is_oauth:
        assert answer.headers["content-type"] == "application/json", answer.content
        assert answer.json()["error"] == case.code, answer.content
        return
    told = check_problem(answer)
    assert told["code"] == case.code or not case.code, told
    assert [error["pointer"] for error in told["errors"]] == [case.at] or not case.at, told
