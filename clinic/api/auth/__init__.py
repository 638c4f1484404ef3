"""Authentication and authorization: bearer tokens, permissions, rate limits, and the OAuth2 token endpoints.

Entry points: authentication.py for the views, token_lookup.py for the cache of tokens; token_endpoints.py,
oauth_validator.py and scopes.py configure the OAuth library (settings.OAUTH2_PROVIDER).
"""
