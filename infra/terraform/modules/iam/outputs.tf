output "instance_profiles" {
  description = "Names of the instance profiles by job: server, drift, monitoring."
  value       = { for job, profile in aws_iam_instance_profile.this : job => profile.name }
}

output "role_arns" {
  description = "ARNs of the instance roles by job: server, drift, monitoring."
  value       = { for job, role in aws_iam_role.instance : job => role.arn }
}

output "github_role_arns" {
  description = "ARNs of the roles of GitHub workflows by job: ci, drift, release, deploy; empty without github_repository."
  value       = { for job, role in aws_iam_role.github : job => role.arn }
}

output "policy_documents" {
  description = "Policy documents as JSON by job."
  value       = local.documents
}
