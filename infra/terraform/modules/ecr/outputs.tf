output "repository_urls" {
  description = "URLs of the repositories by short name."
  value       = { for short, repository in aws_ecr_repository.this : short => repository.repository_url }
}

output "repository_arns" {
  description = "ARNs of the repositories by short name."
  value       = { for short, repository in aws_ecr_repository.this : short => repository.arn }
}
