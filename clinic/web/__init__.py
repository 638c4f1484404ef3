"""HTTP layer below the API and the admin: the WSGI application, middleware, logs, metrics, and the login lockout."""
