"""An invoice as it is read by people, on whatever it is printed."""
