"""How days and numbers are written, by language, where Django would write them otherwise."""
