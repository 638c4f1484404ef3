"""Largest money amount and quantity: bounds of the API's fields, of the rules and of the tables' constraints."""

from decimal import Decimal

MAX_MONEY = Decimal("9999999999.99")
MAX_QUANTITY = Decimal("999999.999")
