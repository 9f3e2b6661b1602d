output "bucket" {
  description = "Name of the bucket, for `terraform init -backend-config=bucket=…` of the environments."
  value       = aws_s3_bucket.state.id
}

output "github_oidc_provider_arn" {
  description = "ARN of GitHub's OIDC provider, for the variable with this name of the environments; null without GitHub."
  value       = var.github ? coalesce(var.github_oidc_provider_arn, one(aws_iam_openid_connect_provider.github[*].arn)) : null
}
