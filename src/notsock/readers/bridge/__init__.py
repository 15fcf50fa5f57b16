"""The bridge from a real trace to the simulation: a finding of a log, written as a small program that can be searched.

``finding_file`` keeps what was found, with the excerpt that shows it; ``play`` makes parts out of the excerpt (who did
what to which handle, and what each meant by it); ``scenario`` writes those as a scenario in Windows' own calls.
"""
