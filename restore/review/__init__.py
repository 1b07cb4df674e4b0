"""Reviewing: a person decides about suggestions, and the decisions are kept beside the text."""
