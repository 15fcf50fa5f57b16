"""What is written about runs and findings: pages, exchange files, captures; made for the commands and for pytest.

``report/`` knows the formats and nothing of the machine; here is what fills them in from runs.
"""
