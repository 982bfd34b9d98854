"""The built-in constraints, one a file."""
