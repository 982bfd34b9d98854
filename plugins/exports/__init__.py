"""Networks written down for other programs."""
