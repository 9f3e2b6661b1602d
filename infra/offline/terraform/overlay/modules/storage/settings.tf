# Stands in for settings.tf: in provider 3.39 these are blocks of the bucket, see
# lacking_override.tf. Two are left out: who owns an object, which 3.39 knows nothing of, and
# access logs, which a bucket of a set cannot send to another of the same set.
