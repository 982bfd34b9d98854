"""The built-in jobs, one a file."""
