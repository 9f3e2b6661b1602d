output "bucket_names" {
  description = "Buckets: models, artifacts, logs."
  value       = module.stack.bucket_names
}

output "repository_urls" {
  description = "Image repositories by short name."
  value       = module.stack.repository_urls
}

output "github_role_arns" {
  description = "Roles of the workflows by job: variables of the GitHub environment."
  value       = module.stack.github_role_arns
}

output "autoscaling_group_name" {
  description = "The group of servers: what a deploy renews; null without servers."
  value       = module.stack.autoscaling_group_name
}

output "load_balancer_dns_name" {
  description = "Where the service answers: what the certificate's name must point to; null without servers."
  value       = module.stack.load_balancer_dns_name
}

output "parameter_prefix" {
  description = "Where the secrets stand in the SSM Parameter Store."
  value       = module.stack.parameter_prefix
}

output "monitoring_instance_id" {
  description = "The monitoring instance; null without one."
  value       = module.stack.monitoring_instance_id
}

output "monitoring_port_forwarding" {
  description = "Commands that bring Grafana, Prometheus and Alertmanager to one's own machine; null without monitoring."
  value       = module.stack.monitoring_port_forwarding
}

output "server_artifact" {
  description = "What the servers run: what a deploy goes back to; null without servers."
  value       = module.stack.server_artifact
}

output "load_balancer_arn_suffix" {
  description = "The load balancer's name in CloudWatch: VOCALBABY_LOAD_BALANCER of scripts/deploy_canary.sh; null without servers."
  value       = module.stack.load_balancer_arn_suffix
}
