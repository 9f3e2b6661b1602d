output "autoscaling_group_name" {
  description = "Name of the Auto Scaling group of the servers."
  value       = aws_autoscaling_group.server.name
}

output "launch_template_id" {
  description = "ID of the launch template of the servers."
  value       = aws_launch_template.server.id
}

output "load_balancer_dns_name" {
  description = "DNS name of the load balancer; null without one."
  value       = one(aws_lb.this[*].dns_name)
}

output "user_data" {
  description = "Script that installs the service on a new instance."
  value       = local.user_data
}

output "load_balancer_arn_suffix" {
  description = "Name of the load balancer in CloudWatch, for its error metrics; null without one."
  value       = one(aws_lb.this[*].arn_suffix)
}

# The value changes only after the group is updated: a failed deploy returns to this release.
output "artifact" {
  description = "Release that the servers run."
  value       = var.artifact
  depends_on  = [aws_autoscaling_group.server]
}
