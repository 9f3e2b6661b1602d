# One security group per role. Rules are separate resources, so that groups can refer to each other.

locals {
  roles = {
    load_balancer = "Load balancer, reachable from the internet"
    server        = "Servers, reachable from the load balancer and Prometheus"
    monitoring    = "Monitoring, not reachable; operators use Session Manager"
  }
}

resource "aws_security_group" "this" {
  # checkov:skip=CKV2_AWS_5:The modules compute and monitoring create the resources that use the groups
  for_each = local.roles

  name        = "${var.name}-${replace(each.key, "_", "-")}"
  description = each.value
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-${replace(each.key, "_", "-")}" }
}

resource "aws_security_group_rule" "internet_to_load_balancer" {
  for_each = toset([for port in var.load_balancer_ports : tostring(port)])

  type              = "ingress"
  description       = "From the internet to port ${each.key}"
  security_group_id = aws_security_group.this["load_balancer"].id
  protocol          = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_security_group_rule" "load_balancer_to_server" {
  type                     = "egress"
  description              = "Requests and health checks to the servers"
  security_group_id        = aws_security_group.this["load_balancer"].id
  protocol                 = "tcp"
  from_port                = var.server_port
  to_port                  = var.server_port
  source_security_group_id = aws_security_group.this["server"].id
}

resource "aws_security_group_rule" "server_from_load_balancer" {
  type                     = "ingress"
  description              = "Requests and health checks from the load balancer"
  security_group_id        = aws_security_group.this["server"].id
  protocol                 = "tcp"
  from_port                = var.server_port
  to_port                  = var.server_port
  source_security_group_id = aws_security_group.this["load_balancer"].id
}

resource "aws_security_group_rule" "server_from_monitoring" {
  type                     = "ingress"
  description              = "Scrapes by Prometheus"
  security_group_id        = aws_security_group.this["server"].id
  protocol                 = "tcp"
  from_port                = var.metrics_port
  to_port                  = var.metrics_port
  source_security_group_id = aws_security_group.this["monitoring"].id
}

resource "aws_security_group_rule" "monitoring_to_server" {
  type                     = "egress"
  description              = "Scrapes by Prometheus"
  security_group_id        = aws_security_group.this["monitoring"].id
  protocol                 = "tcp"
  from_port                = var.metrics_port
  to_port                  = var.metrics_port
  source_security_group_id = aws_security_group.this["server"].id
}

# S3, ECR, SSM and the packages of the distribution use HTTPS. Receivers of alerts must use it too.
resource "aws_security_group_rule" "https_out" {
  for_each = toset(["server", "monitoring"])

  type              = "egress"
  description       = "HTTPS to AWS, package repositories and alert receivers"
  security_group_id = aws_security_group.this[each.key].id
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = ["0.0.0.0/0"]
}
