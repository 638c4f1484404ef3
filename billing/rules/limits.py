"""Limits of input: lengths of texts, tags of an invoice, allocations of a payment.

Models, serializers and forms take them from here. The limits of amounts, quantities and percentages are in
clinic/domain/amounts.py; that of items is the setting MAX_INVOICE_ITEMS. What a clerk may void, reverse and discount
is in clerk_limits.py.
"""

NUMBER_LENGTH = 30  # of a register number or a receipt number
CURRENCY_LENGTH = 3  # ISO 4217
STATUS_LENGTH = 13  # of the longest status
METHOD_LENGTH = 11  # of the longest payment method
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
