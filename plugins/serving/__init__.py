"""The local page of a trained network: what it is asked, what it answers, and the server."""
