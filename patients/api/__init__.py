"""API of patients and appointments."""
