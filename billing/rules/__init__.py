"""The rules of the books in plain Python: no ORM, no clock, no settings, no I/O."""
