"""Exceptions of HTTP that Django REST framework lacks: 411 and 413."""

from django.conf import settings
from rest_framework.exceptions import APIException


class BodyTooLarge(APIException):
    """The body is larger than settings.MAX_BODY_BYTES."""

    status_code = 413
    default_code = "body_too_large"

    def __init__(self) -> None:
        super().__init__(f"The body is larger than {settings.MAX_BODY_BYTES} bytes.")


class LengthRequired(APIException):
    """The body is chunked and has no Content-Length: WSGI would read it as empty."""

    status_code = 411
    default_code = "length_required"
    default_detail = "The request body has no Content-Length header."
