"""OpenAPI of the OAuth2 token endpoints, which answer as RFC 6749 says."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from django.conf import settings

from clinic.api.auth.token_endpoints import MAX_PARAMETER_LENGTH
from clinic.api.schema.problems import response_headers
from clinic.api.schema.shapes import Components, Schema, SchemaKeywords, schema_of


class TokenShape(TypedDict):
    """A bearer token, and the refresh token that renews it."""

    access_token: str
    expires_in: Annotated[int, "Seconds."]
    token_type: Literal["Bearer"]
    scope: Annotated[str, "Separated by spaces."]
    refresh_token: NotRequired[
        Annotated[str, "Can be used once, and again for a few seconds; not issued for client credentials."]
    ]


class OAuthErrorShape(TypedDict):
    """An error (RFC 6749, section 5.2)."""

    error: Annotated[str, SchemaKeywords(examples=["invalid_grant"])]
    error_description: Annotated[str, "An explanation for the developer."]


TEXT: Schema = {"type": "string", "maxLength": MAX_PARAMETER_LENGTH}
TOKEN_PARAMETERS: Schema = {
    "grant_type": {"type": "string", "enum": ["password", "refresh_token", "client_credentials"]},
    "client_id": {**TEXT, "description": "If omitted, the default application, if the clinic has one."},
    "client_secret": {
        **TEXT,
        "description": "For confidential applications; or in `Authorization: Basic`.",
    },
    "username": TEXT,
    "password": {**TEXT, "format": "password"},
    "refresh_token": TEXT,
    "scope": {**TEXT, "description": "Separated by spaces; if omitted, every scope of the application."},
}
TOKEN_FORM: Schema = {"type": "object", "properties": TOKEN_PARAMETERS, "required": ["grant_type"]}
REVOCATION_FORM: Schema = {
    "type": "object",
    "properties": {"token": TEXT, "client_id": TEXT, "client_secret": TEXT},
    "required": ["token"],
}
LOG_IN = "Log in with username and password, or get the next token with the refresh token."
LOG_OUT = "Log out: the token and its refresh token are no longer valid."
PASSWORD = {"grant_type": "password", "client_id": "demo", "username": "clerk", "password": "demo"}
RENEWAL = {"grant_type": "refresh_token", "client_id": "demo", "refresh_token": "the refresh token that you received"}


def scheme() -> Schema:
    """Return the security scheme of every other operation."""
    scopes: Any = settings.OAUTH2_PROVIDER["SCOPES"]
    flow = {"tokenUrl": "/o/token/", "refreshUrl": "/o/token/", "scopes": scopes}
    minutes = settings.OAUTH2_PROVIDER["ACCESS_TOKEN_EXPIRE_SECONDS"] // 60
    text = f"`POST /o/token/` returns a bearer token that is valid for {minutes} minutes."
    return {
        "type": "oauth2",
        "description": text,
        "flows": {"password": flow, "clientCredentials": {"tokenUrl": "/o/token/", "scopes": scopes}},
    }


def token_paths(components: Components) -> Schema:
    """Return the path items of both endpoints."""
    token = {"description": "The token.", **_json(schema_of(TokenShape, components), components)}
    revoked = {"description": "The token is revoked.", **_json({"type": "object"}, components)}
    token_form = components.ref("TokenForm", lambda: TOKEN_FORM)
    revocation_form = components.ref("RevocationForm", lambda: REVOCATION_FORM)
    examples = {
        "name_and_password": {"summary": "Name and password", "value": PASSWORD},
        "renewal": {"summary": "Renewal", "value": RENEWAL},
    }
    return {
        "/o/token/": {
            "post": _post("create_token", "Get a token", LOG_IN, token_form, token, components, examples),
        },
        "/o/revoke_token/": {
            "post": _post("revoke_token", "Revoke a token", LOG_OUT, revocation_form, revoked, components, {}),
        },
    }


def _post(
    name: str, summary: str, text: str, form: Schema, success: Schema, components: Components, examples: Schema
) -> Schema:
    error = schema_of(OAuthErrorShape, components)
    content: Schema = {"schema": form, **({"examples": examples} if examples else {})}
    return {
        "operationId": name,
        "summary": summary,
        "description": text,
        "tags": ["Token"],
        "security": [],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": content}},
        "responses": {
            "200": success,
            "400": {"description": "The request was refused.", **_json(error, components)},
            "401": {"description": "Unknown application.", **_json(error, components)},
            "429": {
                "description": "Too many wrong passwords, or too many requests.",
                **_json(error, components, "RetryAfter"),
            },
            "503": {
                "description": "The database is unavailable.",
                **_json(error, components, "RetryAfter"),
            },
        },
    }


def _json(schema: Schema, components: Components, *headers: str) -> Schema:
    content = {"application/json": {"schema": schema}}
    return {"headers": response_headers(["RequestId", *headers], components), "content": content}
