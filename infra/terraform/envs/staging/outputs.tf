output "bucket_names" {
  description = "Names of the buckets models, artifacts and logs."
  value       = module.stack.bucket_names
}

output "repository_urls" {
  description = "URLs of the image repositories by short name."
  value       = module.stack.repository_urls
}

output "github_role_arns" {
  description = "ARNs of the roles of GitHub workflows by job; they are variables of the GitHub environment."
  value       = module.stack.github_role_arns
}

output "autoscaling_group_name" {
  description = "Name of the Auto Scaling group of the servers; null without servers."
  value       = module.stack.autoscaling_group_name
}

output "load_balancer_dns_name" {
  description = "DNS name of the load balancer, to which the name of the certificate must point; null without servers."
  value       = module.stack.load_balancer_dns_name
}

output "parameter_prefix" {
  description = "Path of the secrets in the SSM Parameter Store."
  value       = module.stack.parameter_prefix
}

output "monitoring_instance_id" {
  description = "ID of the monitoring instance; null without one."
  value       = module.stack.monitoring_instance_id
}

output "monitoring_port_forwarding" {
  description = "Commands that forward Grafana, Prometheus and Alertmanager to the local machine; null without monitoring."
  value       = module.stack.monitoring_port_forwarding
}

output "server_artifact" {
  description = "Release that the servers run, to which a failed deploy returns; null without servers."
  value       = module.stack.server_artifact
}

output "load_balancer_arn_suffix" {
  description = "Name of the load balancer in CloudWatch, for VOCALBABY_LOAD_BALANCER of scripts/deploy_canary.sh; null without servers."
  value       = module.stack.load_balancer_arn_suffix
}
