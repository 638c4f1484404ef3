"""Request bodies: strict JSON, strict fields and serializers.

Entry points: serializers.py (`StrictSerializer` and its fields), parsers.py (JSON, content negotiation, size limits),
datetimes.py (ISO 8601). Imports responses/messages.py for the texts of errors.
"""
