"""The process: its signals, its screen, and what code changes for all of it.

Imports `errors`, `text`, `files`.
"""
