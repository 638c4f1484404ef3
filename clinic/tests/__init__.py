"""Tests of the project, in the folders of the code that they test, and helpers for the tests of every app."""
