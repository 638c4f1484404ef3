"""OpenAPI 3.1 description of the API, generated from the serializers, filters, shapes and errors that it answers with.

Entry points: views.py serves the document, generator.py builds it; shapes.py has the types with which response schemas
are declared. Imports the rest of clinic.api, which imports nothing of it.
"""
