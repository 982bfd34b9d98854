"""The built-in regularizers, one a file."""
