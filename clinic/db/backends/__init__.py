"""Django's database backends with what a server needs while its database is in trouble."""
