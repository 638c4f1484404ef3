"""Project of the clinic: settings, routes and server, and what all apps share."""
