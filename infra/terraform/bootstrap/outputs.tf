output "bucket" {
  description = "For `terraform init -backend-config=bucket=…` of the environments."
  value       = aws_s3_bucket.state.id
}
