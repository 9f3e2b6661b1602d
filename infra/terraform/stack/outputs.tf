output "bucket_names" {
  description = "Names of the buckets models, artifacts and logs."
  value       = module.storage.bucket_names
}

output "repository_urls" {
  description = "URLs of the image repositories by short name."
  value       = module.ecr.repository_urls
}

output "github_role_arns" {
  description = "ARNs of the roles of GitHub workflows by job; they are variables of the GitHub environment."
  value       = module.iam.github_role_arns
}

output "autoscaling_group_name" {
  description = "Name of the Auto Scaling group of the servers; null without servers."
  value       = one(module.compute[*].autoscaling_group_name)
}

output "load_balancer_dns_name" {
  description = "DNS name of the load balancer; null without one."
  value       = one(module.compute[*].load_balancer_dns_name)
}

output "user_data" {
  description = "Script that installs the service on a new instance; null without servers."
  value       = one(module.compute[*].user_data)
}

output "monitoring_instance_id" {
  description = "ID of the monitoring instance; null without one."
  value       = one(module.monitoring[*].instance_id)
}

output "monitoring_port_forwarding" {
  description = "Commands that forward Grafana, Prometheus and Alertmanager to the local machine; null without monitoring."
  value       = one(module.monitoring[*].port_forwarding)
}

output "monitoring_user_data" {
  description = "Script that installs the monitoring programs on a new instance; null without monitoring."
  value       = one(module.monitoring[*].user_data)
}

output "parameter_prefix" {
  description = "Path of the secrets in the SSM Parameter Store."
  value       = local.parameter_prefix
}

output "security_group_ids" {
  description = "IDs of the security groups by role."
  value       = module.networking.security_group_ids
}

output "vpc_id" {
  description = "ID of the VPC."
  value       = module.networking.vpc_id
}

output "server_artifact" {
  description = "Release that the servers run; null without servers."
  value       = one(module.compute[*].artifact)
}

output "load_balancer_arn_suffix" {
  description = "Name of the load balancer in CloudWatch; null without servers."
  value       = one(module.compute[*].load_balancer_arn_suffix)
}
