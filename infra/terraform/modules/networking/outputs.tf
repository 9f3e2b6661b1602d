output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "vpc_cidr" {
  description = "Its addresses."
  value       = aws_vpc.this.cidr_block
}

output "public_subnet_ids" {
  description = "Public subnets, in the order of the zones."
  value       = [for zone in var.zones : aws_subnet.public[zone].id]
}

output "private_subnet_ids" {
  description = "Private subnets, in the order of the zones."
  value       = [for zone in var.zones : aws_subnet.private[zone].id]
}

output "security_group_ids" {
  description = "Security groups by role: load_balancer, server, monitoring."
  value       = { for role, group in aws_security_group.this : role => group.id }
}

output "server_port" {
  description = "Port the service listens on."
  value       = var.server_port
}

output "metrics_port" {
  description = "Port the service's metrics are on."
  value       = var.metrics_port
}
