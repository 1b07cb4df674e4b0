"""Cleaning a corpus: folders of files of many formats, restored by many processes, resumable, with reports."""
