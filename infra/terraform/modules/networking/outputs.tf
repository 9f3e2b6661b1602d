output "vpc_id" {
  description = "ID of the VPC."
  value       = aws_vpc.this.id
}

output "vpc_cidr" {
  description = "IPv4 range of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "public_subnet_ids" {
  description = "IDs of the public subnets, in the order of the zones."
  value       = [for zone in var.zones : aws_subnet.public[zone].id]
}

output "public_cidr_blocks" {
  description = "IPv4 ranges of the public subnets, in the order of the zones."
  value       = [for zone in var.zones : aws_subnet.public[zone].cidr_block]
}

output "private_subnet_ids" {
  description = "IDs of the private subnets, in the order of the zones."
  value       = [for zone in var.zones : aws_subnet.private[zone].id]
}

output "security_group_ids" {
  description = "IDs of the security groups by role: load_balancer, server, monitoring."
  value       = { for role, group in aws_security_group.this : role => group.id }
}

output "server_port" {
  description = "Port of the service."
  value       = var.server_port
}

output "metrics_port" {
  description = "Port of the service's metrics."
  value       = var.metrics_port
}
