"""Checks of a problem response (RFC 9457)."""

from typing import Any
from urllib.parse import unquote

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}
TELLTALE = (b"Traceback", b"django.", b"psycopg", b"sqlite3", b"SELECT ", b"INSERT ", b"billing_", b"site-packages")
LONGEST = 60_000  # bytes, beside the address that was asked


def check_problem(answer: Any) -> dict[str, Any]:
    """A problem as RFC 9457 and the rules have it, which tells nothing of what is behind."""
    assert answer.status_code < 500, answer.content[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    members: dict[str, Any] = answer.json()
    assert members.keys() >= MEMBERS
    assert members["status"] == answer.status_code
    assert members["code"]
    assert members["detail"]
    assert members["request_id"] == answer.headers["x-request-id"]
    assert len(members["errors"]) <= 50
    assert all(error.keys() == {"pointer", "code", "detail"} for error in members["errors"])
    assert len(answer.content) - len(members["instance"].encode()) < LONGEST
    return members


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
    members = check_problem(answer)
    assert members["code"] == case.code or not case.code, members
    assert [error["pointer"] for error in members["errors"]] == [case.at] or not case.at, members
