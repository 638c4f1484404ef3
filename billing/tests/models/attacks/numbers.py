"""Attacks on the counters of numbers, and on the day through which the books are closed."""

from billing.tests.models.attacks.attack import Attack
from billing.tests.models.attacks.statements import enter

NUMBER_ATTACKS = [
    Attack(
        "set a number counter back",
        ("UPDATE billing_numberseries SET last_number = 0 WHERE id = {series}",),
        "increases by one",
    ),
    Attack(
        "set a number counter one back",
        ("UPDATE billing_numberseries SET last_number = last_number - 1 WHERE id = {series}",),
        "increases by one",
    ),
    Attack(
        "leave a number out",
        ("UPDATE billing_numberseries SET last_number = last_number + 2 WHERE id = {series}",),
        "increases by one",
    ),
    Attack(
        "give a number series another year",
        ("UPDATE billing_numberseries SET year = 1999, last_number = last_number + 1 WHERE id = {series}",),
        "increases by one",
    ),
    Attack("delete a number series", ("DELETE FROM billing_numberseries WHERE id = {series}",), "never deleted"),
    Attack(
        "begin a number series in the middle",
        ("INSERT INTO billing_numberseries (document, year, last_number) VALUES ('INV', 1999, 41)",),
        "begins at 0",
    ),
    Attack(
        "begin a number series twice",
        ("INSERT INTO billing_numberseries (document, year, last_number) VALUES ('INV', {year}, 0)",),
        "",
    ),
    Attack(
        "move the closing date back",
        (enter("billing_booksclosing", closed_through="'{long_ago}'", reason="'again'"),),
        "moves forward only",
    ),
    Attack(
        "close the books through tomorrow",
        (enter("billing_booksclosing", closed_through="'2199-01-01'", reason="'early'"),),
        "to a day that is over",
    ),
]
