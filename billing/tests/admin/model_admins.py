"""The models of the admin and their pages, by Django's public interface."""

from django.apps import apps
from django.contrib.admin import site


def admin_models():
    """Return the models that have pages in the admin."""
    return [model for model in apps.get_models() if site.is_registered(model)]


def model_admins():
    """Return the ModelAdmin of each model of the admin."""
    return {model: site.get_model_admin(model) for model in admin_models()}
