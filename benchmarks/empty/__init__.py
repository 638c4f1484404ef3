"""A view that does nothing, on the product's server: what no view can be faster than."""
