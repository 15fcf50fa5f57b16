"""``notsock watch``: a run stepped through in the terminal, forwards and backwards.

``view.py`` answers what is true at a moment, ``app.py`` draws it and takes the keys.
"""
