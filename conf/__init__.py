"""The configuration: one YAML a choice, one folder a group."""
