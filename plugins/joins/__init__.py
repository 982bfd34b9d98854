"""Where branches of a network meet."""
