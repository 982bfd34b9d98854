"""The plugin's own YAML."""
