"""Limits of input: lengths of texts, tags of an invoice, allocations of a payment, quantities.

Models, serializers and forms take them from here. Amounts: MAX_MONEY in money.py; items: settings.MAX_INVOICE_ITEMS.
"""

from decimal import Decimal

CODE_LENGTH = 50
DESCRIPTION_LENGTH = 500
CATEGORY_LENGTH = 100
NOTES_LENGTH = 5000
REASON_LENGTH = 500
REFERENCE_LENGTH = 100
PAYER_NAME_LENGTH = 250
PAYER_ADDRESS_LENGTH = 500
TAG_LENGTH = 50

MAX_TAGS = 20
MAX_ALLOCATIONS = 500
MAX_QUANTITY = Decimal("999999.999")
