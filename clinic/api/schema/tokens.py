"""How a token is had, told: OAuth2's two endpoints, which are no resources and answer as RFC 6749 says."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from django.conf import settings

from clinic.api.schema.problems import headers_of
from clinic.api.schema.shapes import Components, Schema, SchemaKeywords, schema_of


class TokenShape(TypedDict):
    """A bearer token, and what renews it."""

    access_token: str
    expires_in: Annotated[int, "Seconds."]
    token_type: Literal["Bearer"]
    scope: Annotated[str, "With spaces between."]
    refresh_token: NotRequired[Annotated[str, "Good once; not given to an application that acts for itself."]]


class OAuthErrorShape(TypedDict):
    """A refusal (RFC 6749, section 5.2)."""

    error: Annotated[str, SchemaKeywords(examples=["invalid_grant"])]
    error_description: NotRequired[str]


TEXT: Schema = {"type": "string", "maxLength": 4096}
ASKED: Schema = {
    "grant_type": {"type": "string", "enum": ["password", "refresh_token", "client_credentials"]},
    "client_id": TEXT,
    "client_secret": {**TEXT, "description": "Of a confidential application; or in the header `Authorization: Basic`."},
    "username": TEXT,
    "password": {**TEXT, "format": "password"},
    "refresh_token": TEXT,
    "scope": {**TEXT, "description": "With spaces between; without it, every scope of the application."},
}
PASSWORD = {"grant_type": "password", "client_id": "demo", "username": "clerk", "password": "demo"}
RENEWAL = {"grant_type": "refresh_token", "client_id": "demo", "refresh_token": "the one that came with the token"}


def scheme() -> Schema:
    """The security scheme of every other operation; paths are those of this site."""
    scopes: Any = settings.OAUTH2_PROVIDER["SCOPES"]
    flow = {"tokenUrl": "/o/token/", "refreshUrl": "/o/token/", "scopes": scopes}
    text = "`POST /o/token/` gives a bearer token, good for 15 minutes."
    return {
        "type": "oauth2",
        "description": text,
        "flows": {"password": flow, "clientCredentials": {"tokenUrl": "/o/token/", "scopes": scopes}},
    }


def token_paths(components: Components) -> Schema:
    """The path items of both endpoints."""
    token = {"description": "A token.", **_json(schema_of(TokenShape, components), components)}
    gone = {"description": "The token is good no more.", "headers": headers_of(["RequestId"], components)}
    asked = {"type": "object", "properties": ASKED, "required": ["grant_type"]}
    ended = {"type": "object", "properties": {"token": TEXT, "client_id": TEXT, "client_secret": TEXT}}
    examples = {
        "name_and_password": {"summary": "Name and password", "value": PASSWORD},
        "renewal": {"summary": "Renewal", "value": RENEWAL},
    }
    return {
        "/o/token/": {"post": _post("create_token", "Get a token", asked, token, components, examples)},
        "/o/revoke_token/": {
            "post": _post("revoke_token", "Give a token back", {**ended, "required": ["token"]}, gone, components, {})
        },
    }


def _post(name: str, summary: str, form: Schema, success: Schema, components: Components, examples: Schema) -> Schema:
    error = schema_of(OAuthErrorShape, components)
    content: Schema = {"schema": form, **({"examples": examples} if examples else {})}
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["Token"],
        "security": [],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": content}},
        "responses": {
            "200": success,
            "400": {"description": "Refused.", **_json(error, components)},
            "401": {"description": "The application is not known.", **_json(error, components)},
            "429": {"description": "Too many wrong passwords.", **_json(error, components, "RetryAfter")},
            "503": {"description": "The database cannot answer now.", **_json(error, components, "RetryAfter")},
        },
    }


def _json(schema: Schema, components: Components, *headers: str) -> Schema:
    content = {"application/json": {"schema": schema}}
    return {"headers": headers_of(["RequestId", *headers], components), "content": content}
