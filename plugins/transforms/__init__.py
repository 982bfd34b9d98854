"""Changes of inputs that stay with the network."""
