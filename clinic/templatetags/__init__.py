"""Template filters that all apps share."""
