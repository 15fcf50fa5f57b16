"""The page: findings and their runs as one HTML file that needs no network, for a person to look at.

Python works out what is true (netstat at each moment, who owns which port, which packet belongs to which
connection); the scripts in ``script/`` only draw it.
"""
