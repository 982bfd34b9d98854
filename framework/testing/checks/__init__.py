"""The conformance kit's checks, one kind a file."""
