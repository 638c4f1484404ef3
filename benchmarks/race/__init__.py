"""script/bench: the product against two plain builds and against the database itself, on the same books."""
