"""Every request of the corpus: the answer that was due, never a 500, and nothing stored by what was refused."""

import sys
from collections import Counter

import pytest

from billing.tests.hostile import corpus
from billing.tests.hostile.case import Case, Not, at, body_of, expected_members, filled
from billing.tests.hostile.clinic import undone
from billing.tests.hostile.problem_checks import check_refusal

CASES = corpus.CASES
SAFE = {"GET", "HEAD", "OPTIONS"}

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def sent(clinic, case):
    method, _, target = filled(case.request, clinic.names).partition(" ")
    headers = {name: value and filled(value, clinic.names) for name, value in case.headers.items()}
    return clinic.send(method, target, body_of(case, clinic.names), who=case.who, headers=headers)


def check_stored(clinic, case, answer):
    """Check the expected members in the answer, and in the record when it is read again."""
    method, _, target = filled(case.request, clinic.names).partition(" ")
    shown = [answer.json()]
    where = answer.headers.get("location") or (target if method in {"PUT", "PATCH"} else "")
    if where:
        shown.append(clinic.send("GET", where).json())
    for body in shown:
        for pointer, value in expected_members(case, clinic.names).items():
            found = at(pointer, body)
            assert found != value.value if isinstance(value, Not) else found == value, (pointer, found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case.title)[1:-1][:160])
def test_request_of_the_corpus_has_its_expected_response(clinic, case):
    method = case.request.partition(" ")[0]

    with undone() as writes:
        answer = sent(clinic, case)

        assert answer.status_code == case.status, answer.content[:500]
        assert "no-store" in answer.headers["cache-control"]
        if case.status >= 400 or method in SAFE:
            assert not writes.happened or clinic.changes() == []
        if case.status >= 400:
            check_refusal(answer, case, is_oauth=case.request.partition(" ")[2].startswith("/o/"))
        elif case.expect:
            check_stored(clinic, case, answer)


class TestCorpus:
    def test_titles_of_the_corpus_are_unique(self):
        twice = [title for title, count in Counter(case.title for case in CASES).items() if count > 1]

        assert twice == []

    def test_corpus_is_large(self, capsys):
        assert len(CASES) >= 300
        with capsys.disabled():
            sys.stdout.write(f"\n{len(CASES)} hostile requests\n")

    @pytest.mark.parametrize("request_line", corpus.VALID)
    def test_bodies_without_a_hostile_value_are_accepted(self, clinic, request_line):
        """A hostile value is refused for what it is, not for what stands beside it."""
        method, _, path = filled(request_line, clinic.names).partition(" ")
        case = Case("", request_line, corpus.VALID[request_line])

        with undone():
            answer = clinic.send(method, path, body_of(case, clinic.names))

        assert answer.status_code in {200, 201}, answer.content
