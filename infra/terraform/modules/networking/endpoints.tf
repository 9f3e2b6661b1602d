# Endpoints of AWS services inside the network. The S3 endpoint is free of charge and always exists.
# Interface endpoints are billed by the hour, and can replace a NAT gateway.

locals {
  needed    = ["autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "ssm", "ssmmessages"]
  endpoints = var.interface_endpoints == null ? toset(var.nat == "none" ? local.needed : []) : var.interface_endpoints
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${data.aws_region.current.id}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = concat([aws_route_table.public.id], [for table in aws_route_table.private : table.id])

  tags = { Name = "${var.name}-s3" }
}

resource "aws_security_group" "endpoints" {
  count = length(local.endpoints) > 0 ? 1 : 0

  name        = "${var.name}-endpoints"
  description = "Endpoints of AWS services, reachable from the instances"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-endpoints" }
}

resource "aws_security_group_rule" "instances_to_endpoints" {
  for_each = length(local.endpoints) > 0 ? toset(["server", "monitoring"]) : []

  type                     = "ingress"
  description              = "HTTPS from the instances"
  security_group_id        = aws_security_group.endpoints[0].id
  protocol                 = "tcp"
  from_port                = 443
  to_port                  = 443
  source_security_group_id = aws_security_group.this[each.key].id
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.endpoints

  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${data.aws_region.current.id}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for zone in var.zones : aws_subnet.private[zone].id]
  security_group_ids  = [aws_security_group.endpoints[0].id]

  tags = { Name = "${var.name}-${each.key}" }
}
