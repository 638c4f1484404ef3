"""A believable clinic for trying the product: who comes, what it costs, and what becomes of the invoices."""
