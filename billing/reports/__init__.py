"""Reports: figures and lists that only read the books.

Each module answers one question of the clinic (receivables, takings, a statement ...); `books_check` checks the whole
books for consistency. Reports import operations, models and rules, and never change anything.
"""
