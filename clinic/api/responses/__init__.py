"""Responses: JSON rendering and errors (RFC 9457).

Entry points: errors.py (DRF's exception handler and Django's error handlers), error_codes.py (the registry of codes;
docs/errors.md is made from it), error_details.py (pointers, quotations, suggestions), http_exceptions.py.
"""
