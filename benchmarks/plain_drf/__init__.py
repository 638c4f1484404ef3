"""A plain build with Django REST framework, as a competent engineer writes it: a rival in script/bench."""
