"""Paths of the admin, which several middlewares treat differently from those of the API."""


def is_admin_path(path: str) -> bool:
    """Return whether a path is that of the admin, or of one of its pages.

    >>> is_admin_path("/admin"), is_admin_path("/admin/auth/user/"), is_admin_path("/administration/")
    (True, True, False)
    """
    return f"{path}/".startswith("/admin/")
