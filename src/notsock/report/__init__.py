"""A run and its findings, for people and for other tools: terminal, netstat, JSON, pcapng.

Reports read traces and findings and never import the machine.
"""
