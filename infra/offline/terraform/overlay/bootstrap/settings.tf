# Replaces settings.tf: in provider 3.39 these settings are blocks of the bucket, see
# bucket_override.tf.
