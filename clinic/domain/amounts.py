"""Largest amount, quantity and percentage, and decimals of each, for tables, rules, the API and forms."""

from decimal import Decimal

MAX_MONEY = Decimal("9999999999.99")
MAX_QUANTITY = Decimal("999999.999")
MAX_PERCENT = Decimal(100)

MONEY_DECIMALS = 2
QUANTITY_DECIMALS = 3
RATE_DECIMALS = 4  # of a unit price, a discount in percent, a tax rate
