"""Near copies of one story as evidence for each other: find them, align them word by word, and let them vote in the lattice.

A content farm publishes the same article many times, each time spun differently, and often the original lies in the same crawl. What one copy lost
another may have kept.
"""
