"""The texts of the admin in another language: found in the sources, kept in locale/, compiled without further tools."""
