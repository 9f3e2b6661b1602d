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

output "load_balancer_arn_suffix" {
  description = "The load balancer's name in CloudWatch, whose errors end a rollout; null without a load balancer."
  value       = one(aws_lb.this[*].arn_suffix)
}

# Known only when the servers have it: a deploy that fails goes back to this one.
output "artifact" {
  description = "What the servers run."
  value       = var.artifact
  depends_on  = [aws_autoscaling_group.server]
}
