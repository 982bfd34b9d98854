"""What jobs that use a trained network are made of."""
