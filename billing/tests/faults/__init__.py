"""Faults tried on a running clinic: what was acknowledged is compared with what the books hold afterwards."""
