"""Which Windows: the only package whose code names a version.

Each release is its neighbour plus the rows that differ, and every row cites its article.
"""
