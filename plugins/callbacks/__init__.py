"""The built-in callbacks, one a file."""
