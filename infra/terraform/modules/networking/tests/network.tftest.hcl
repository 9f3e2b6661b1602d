mock_provider "aws" {}

variables {
  name  = "vocalbaby-test"
  zones = ["eu-central-1a", "eu-central-1b"]
}

run "example" {
  module {
    source = "./examples/basic"
  }

  assert {
    condition     = length(output.server_subnet_ids) == 2
    error_message = "The example has two private subnets."
  }
}

run "single_nat_gateway" {
  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.nat) == 2
    error_message = "Both private subnets use one NAT gateway."
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0 && length(aws_security_group.endpoints) == 0
    error_message = "With a NAT gateway there are no interface endpoints."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : !subnet.map_public_ip_on_launch])
    error_message = "Instances get no public addresses."
  }

  assert {
    condition     = length(distinct(concat([for subnet in aws_subnet.public : subnet.cidr_block], [for subnet in aws_subnet.private : subnet.cidr_block]))) == 4
    error_message = "Subnets do not overlap."
  }
}

run "nat_gateway_per_zone" {
  variables {
    nat = "per_zone"
  }

  assert {
    condition     = toset([for zone, route in aws_route.nat : route.nat_gateway_id]) == toset([for gateway in aws_nat_gateway.this : gateway.id])
    error_message = "Each private subnet uses the NAT gateway of its zone."
  }
}

run "endpoints_only" {
  variables {
    nat = "none"
  }

  assert {
    condition     = length(aws_nat_gateway.this) + length(aws_route.nat) + length(aws_eip.nat) == 0
    error_message = "There is no NAT gateway."
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.interface)) == toset(["autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "ssm", "ssmmessages"])
    error_message = "There are endpoints for SSM, ECR and Auto Scaling."
  }
}

run "flow_logs" {
  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.flow_logs.statement : statement.actions])) == toset([
      "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents",
    ])
    error_message = "The role has the permissions that AWS documents, except for creating the group."
  }
}

# infra/tests checks after an apply that no other rule is open.
run "only_the_load_balancer_is_open" {
  assert {
    condition = alltrue([
      for port, rule in aws_security_group_rule.internet_to_load_balancer :
      rule.from_port == tonumber(port) && rule.to_port == tonumber(port) && rule.security_group_id == aws_security_group.this["load_balancer"].id
    ])
    error_message = "Only the ports of the load balancer are open to the internet."
  }

  assert {
    condition     = aws_security_group_rule.server_from_load_balancer.cidr_blocks == null && aws_security_group_rule.server_from_monitoring.cidr_blocks == null
    error_message = "Rules for servers refer to security groups, not to addresses."
  }

  assert {
    condition     = aws_security_group_rule.server_from_monitoring.source_security_group_id == aws_security_group.this["monitoring"].id
    error_message = "Only the monitoring group may reach the metrics port."
  }
}

run "rejects_a_single_zone" {
  command = plan

  variables {
    zones = ["eu-central-1a"]
  }

  expect_failures = [var.zones]
}

run "smallest_network" {
  variables {
    vpc_cidr = "10.0.0.0/23"
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : endswith(subnet.cidr_block, "/27")])
    error_message = "The subnets have the size that a load balancer requires."
  }
}

run "rejects_a_network_too_small_for_a_load_balancer" {
  command = plan

  variables {
    vpc_cidr = "10.0.0.0/24"
  }

  expect_failures = [var.vpc_cidr]
}

run "rejects_an_unknown_nat_mode" {
  command = plan

  variables {
    nat = "many"
  }

  expect_failures = [var.nat]
}

run "rejects_other_open_ports" {
  command = plan

  variables {
    load_balancer_ports = [22, 443]
  }

  expect_failures = [var.load_balancer_ports]
}

run "rejects_privileged_ports" {
  command = plan

  variables {
    server_port  = 80
    metrics_port = 0
  }

  expect_failures = [var.server_port, var.metrics_port]
}

run "rejects_an_unknown_retention_period" {
  command = plan

  variables {
    flow_log_days = 31
  }

  expect_failures = [var.flow_log_days]
}

run "rejects_a_name_with_capitals" {
  command = plan

  variables {
    name = "VocalBaby"
  }

  expect_failures = [var.name]
}

run "rejects_a_full_service_name" {
  command = plan

  variables {
    interface_endpoints = ["com.amazonaws/ssm"]
  }

  expect_failures = [var.interface_endpoints]
}
