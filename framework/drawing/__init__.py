"""Pictures, drawn in a process of their own. Imports `errors`, `text`, `files`, `process`."""
