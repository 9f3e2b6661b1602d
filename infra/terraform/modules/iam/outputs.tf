output "instance_profiles" {
  description = "Instance profiles by job: server, drift, monitoring."
  value       = { for job, profile in aws_iam_instance_profile.this : job => profile.name }
}

output "role_arns" {
  description = "Roles by job: server, drift, monitoring on instances."
  value       = { for job, role in aws_iam_role.instance : job => role.arn }
}

output "github_role_arns" {
  description = "Roles of GitHub's workflows by job: ci, drift, release, deploy; empty without github_repository."
  value       = { for job, role in aws_iam_role.github : job => role.arn }
}

output "policy_documents" {
  description = "What each job may do, as JSON by job."
  value       = local.documents
}
