"""A draft on the desk: edited in place, added up by the server as one types, and saved by one verb of the books."""
