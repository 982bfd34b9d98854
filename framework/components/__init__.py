"""What a plugin subclasses: one base class a file.

Imports `errors`, `text`, `files`; numpy.
"""
