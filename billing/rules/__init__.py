"""The rules of the books in plain Python: no ORM, no clock, no settings, no I/O. The doctests are the specification.

Entry points: `totals` (the calculator), `settlement` (amount due, status), `lifecycle` (status table, editable fields),
`requested_status` and `paid_amount` (what a request asks for), `crediting`, `allocation`, `ageing`, `clerk_limits`,
`register_numbers`, `limits`, `preview` and `money`. Imports `billing.choices`, `clinic.domain.errors` and
`clinic.domain.amounts` only.
"""
