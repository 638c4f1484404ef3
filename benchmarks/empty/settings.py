"""The product's settings with one view instead of its routes; EMPTY_BARE=1 also removes the middleware."""

import os

from clinic.settings import *  # noqa: F403  # all of them, on purpose
from clinic.settings import MIDDLEWARE

ROOT_URLCONF = "empty.urls"
if os.environ.get("EMPTY_BARE") == "1":
    MIDDLEWARE = []
