# Stands in for settings.tf: in provider 3.39 these are blocks of the bucket, see
# lacking_override.tf.
