"""Jobs: recordings of any length, segmented by processes of low priority.

A job is a folder in the spool, which all workers of the service share. Every change of it is
atomic: a rename of the folder, the replacement of a small file, or a lock that the system
releases when its process ends.
"""
