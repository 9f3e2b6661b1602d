output "bucket_names" {
  description = "Buckets: models, artifacts, logs."
  value       = module.storage.bucket_names
}

output "repository_urls" {
  description = "Image repositories by short name."
  value       = module.ecr.repository_urls
}

output "github_role_arns" {
  description = "Roles of the workflows by job: variables of the GitHub environment."
  value       = module.iam.github_role_arns
}

output "autoscaling_group_name" {
  description = "The group of servers: what a deploy renews; null without servers."
  value       = one(module.compute[*].autoscaling_group_name)
}

output "load_balancer_dns_name" {
  description = "Where the service answers; null without a load balancer."
  value       = one(module.compute[*].load_balancer_dns_name)
}

output "user_data" {
  description = "The script that makes a server of a new instance; null without servers."
  value       = one(module.compute[*].user_data)
}

output "monitoring_instance_id" {
  description = "The monitoring instance; null without one."
  value       = one(module.monitoring[*].instance_id)
}

output "monitoring_port_forwarding" {
  description = "Commands that bring Grafana, Prometheus and Alertmanager to one's own machine; null without monitoring."
  value       = one(module.monitoring[*].port_forwarding)
}

output "monitoring_user_data" {
  description = "The script that makes a watchman of a new instance; null without monitoring."
  value       = one(module.monitoring[*].user_data)
}

output "parameter_prefix" {
  description = "Where the secrets stand in the SSM Parameter Store."
  value       = local.parameter_prefix
}

output "security_group_ids" {
  description = "Security groups by role."
  value       = module.networking.security_group_ids
}

output "vpc_id" {
  description = "The network."
  value       = module.networking.vpc_id
}

output "server_artifact" {
  description = "What the servers run; null without servers."
  value       = one(module.compute[*].artifact)
}

output "load_balancer_arn_suffix" {
  description = "The load balancer's name in CloudWatch; null without servers."
  value       = one(module.compute[*].load_balancer_arn_suffix)
}
