"""Localization: formats of displayed values, input of localized numbers, and message catalogues."""
