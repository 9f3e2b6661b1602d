# Replaces settings.tf: in provider 3.39 these settings are blocks of the bucket, see
# bucket_override.tf. Two settings are missing: object ownership, which 3.39 does not support, and access
# logs, which a bucket cannot send to another bucket of the same resource.
