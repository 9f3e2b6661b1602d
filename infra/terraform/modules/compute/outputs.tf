output "autoscaling_group_name" {
  description = "The group of servers: what a deploy renews."
  value       = aws_autoscaling_group.server.name
}

output "launch_template_id" {
  description = "What a new server is made from."
  value       = aws_launch_template.server.id
}

output "load_balancer_dns_name" {
  description = "Where the service answers; null without a load balancer."
  value       = one(aws_lb.this[*].dns_name)
}

output "user_data" {
  description = "The script that makes a server of a new instance."
  value       = local.user_data
}
