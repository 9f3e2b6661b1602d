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
    error_message = "Two zones are two private subnets."
  }
}

run "one_way_out" {
  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.nat) == 2
    error_message = "Both private subnets leave through one gateway."
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0 && length(aws_security_group.endpoints) == 0
    error_message = "With a gateway no endpoint is paid for."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : !subnet.map_public_ip_on_launch])
    error_message = "Nothing gets a public address by itself."
  }

  assert {
    condition     = length(distinct(concat([for subnet in aws_subnet.public : subnet.cidr_block], [for subnet in aws_subnet.private : subnet.cidr_block]))) == 4
    error_message = "Subnets do not overlap."
  }
}

run "a_way_out_per_zone" {
  variables {
    nat = "per_zone"
  }

  assert {
    condition     = toset([for zone, route in aws_route.nat : route.nat_gateway_id]) == toset([for gateway in aws_nat_gateway.this : gateway.id])
    error_message = "Each zone leaves through its own gateway."
  }
}

run "no_way_out" {
  variables {
    nat = "none"
  }

  assert {
    condition     = length(aws_nat_gateway.this) + length(aws_route.nat) + length(aws_eip.nat) == 0
    error_message = "There is no gateway."
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.interface)) == toset(["autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "ssm", "ssmmessages"])
    error_message = "Instances reach SSM and ECR inside the network, and tell their group that they are ready."
  }
}

run "flow_logs_are_delivered" {
  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.flow_logs.statement : statement.actions])) == toset([
      "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents",
    ])
    error_message = "The role may do what AWS' documentation asks for; the group is made here."
  }
}

# That there is no other open rule is tested on what was applied: infra/tests.
run "only_the_load_balancer_is_open" {
  assert {
    condition = alltrue([
      for port, rule in aws_security_group_rule.internet_to_load_balancer :
      rule.from_port == tonumber(port) && rule.to_port == tonumber(port) && rule.security_group_id == aws_security_group.this["load_balancer"].id
    ])
    error_message = "The internet reaches the load balancer's ports and nothing else."
  }

  assert {
    condition     = aws_security_group_rule.server_from_load_balancer.cidr_blocks == null && aws_security_group_rule.server_from_monitoring.cidr_blocks == null
    error_message = "Servers are reached by groups, not by addresses."
  }

  assert {
    condition     = aws_security_group_rule.server_from_monitoring.source_security_group_id == aws_security_group.this["monitoring"].id
    error_message = "Prometheus alone reads the metrics."
  }
}

run "one_zone_is_refused" {
  command = plan

  variables {
    zones = ["eu-central-1a"]
  }

  expect_failures = [var.zones]
}

run "the_smallest_network" {
  variables {
    vpc_cidr = "10.0.0.0/23"
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : endswith(subnet.cidr_block, "/27")])
    error_message = "A load balancer needs subnets of /27."
  }
}

run "a_network_too_small_for_a_load_balancer_is_refused" {
  command = plan

  variables {
    vpc_cidr = "10.0.0.0/24"
  }

  expect_failures = [var.vpc_cidr]
}

run "an_unknown_way_out_is_refused" {
  command = plan

  variables {
    nat = "many"
  }

  expect_failures = [var.nat]
}

run "another_open_port_is_refused" {
  command = plan

  variables {
    load_balancer_ports = [22, 443]
  }

  expect_failures = [var.load_balancer_ports]
}

run "a_low_port_is_refused" {
  command = plan

  variables {
    server_port  = 80
    metrics_port = 0
  }

  expect_failures = [var.server_port, var.metrics_port]
}

run "a_period_that_cloudwatch_does_not_know_is_refused" {
  command = plan

  variables {
    flow_log_days = 31
  }

  expect_failures = [var.flow_log_days]
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "VocalBaby"
  }

  expect_failures = [var.name]
}

run "an_endpoint_by_its_full_name_is_refused" {
  command = plan

  variables {
    interface_endpoints = ["com.amazonaws/ssm"]
  }

  expect_failures = [var.interface_endpoints]
}
