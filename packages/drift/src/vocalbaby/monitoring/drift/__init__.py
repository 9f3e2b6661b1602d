"""The drift job: does production still resemble the data that the model was trained on?

The job is not part of the server, because it needs Evidently, pandas and SciPy.
"""
