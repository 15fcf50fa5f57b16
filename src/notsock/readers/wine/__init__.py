"""Wine's logs of a Windows program: what it called (the relay log), merged with what the wineserver did.

The relay log alone says of a call that it returned after the kernel object has changed, which puts one handle in twenty
in the wrong order; the wineserver's own trace is in order, but does not know which call a request belongs to.  In one
file, written line by line, they complete each other: ``server`` folds the wineserver's lines, ``relay`` those of the
program's calls, ``lifetimes`` has what both share.  Wine's return codes are not trusted; objects are followed.
"""
