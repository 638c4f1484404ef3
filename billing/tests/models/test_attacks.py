"""The database refuses every statement of the list of attacks, written by hand past the models."""

from django.db import connection

from billing.tests.models.attacks import ATTACKS
from billing.tests.models.attacks.attack import answer_to
from billing.tests.models.attacks.books import build_books


def test_attacks_are_refused_by_the_database(db, noon, subtests):
    books = build_books()
    answers = []

    for attack in ATTACKS:
        if connection.vendor not in attack.vendors:
            continue
        with subtests.test(attack.name):
            answer = answer_to(attack, books)
            answers.append(f"{attack.name}\n    {answer or 'LET THROUGH'}")

            assert answer.startswith("IntegrityError"), answer or "the database let it through"
            assert attack.answer in answer

    print("\n", *answers, f"{len(answers)} attacks on {connection.vendor}", sep="\n")  # noqa: T201  # for `pytest -s`
