"""The built-in update rules, one a file."""
