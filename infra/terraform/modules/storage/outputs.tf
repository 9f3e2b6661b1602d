output "bucket_names" {
  description = "Names of the buckets models, artifacts and logs."
  value       = { for bucket in local.buckets : bucket => aws_s3_bucket.this[bucket].id }
}

output "bucket_arns" {
  description = "ARNs of the buckets models, artifacts and logs."
  value       = { for bucket in local.buckets : bucket => aws_s3_bucket.this[bucket].arn }
}
