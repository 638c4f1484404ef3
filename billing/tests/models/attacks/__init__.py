"""The list of attacks: raw SQL against the books, by theme; each module holds its own as data.

`pytest -s billing/tests/models/test_attacks.py` prints each with its answer.
"""

from billing.tests.models.attacks.attack import Attack
from billing.tests.models.attacks.commits import COMMIT_ATTACKS
from billing.tests.models.attacks.invoices import INVOICE_ATTACKS
from billing.tests.models.attacks.items import ITEM_ATTACKS
from billing.tests.models.attacks.ledger import LEDGER_ATTACKS
from billing.tests.models.attacks.money import MONEY_ATTACKS
from billing.tests.models.attacks.numbers import NUMBER_ATTACKS
from billing.tests.models.attacks.replacing import REPLACE_ATTACKS

ATTACKS: list[Attack] = [
    *INVOICE_ATTACKS,
    *ITEM_ATTACKS,
    *LEDGER_ATTACKS,
    *MONEY_ATTACKS,
    *NUMBER_ATTACKS,
    *REPLACE_ATTACKS,
    *COMMIT_ATTACKS,
]
