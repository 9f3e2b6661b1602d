# A monitoring instance in the default network, for servers with the tag Name =
# vocalbaby-example-server. The role, the buckets and the releases exist already.

provider "aws" {
  region = "eu-central-1"
}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

# The default security group allows no traffic from outside.
data "aws_security_group" "default" {
  vpc_id = data.aws_vpc.default.id
  name   = "default"
}

locals {
  releases = "s3://vocalbaby-example-artifacts/releases"
  # The output of the release scripts.
  sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
}

module "monitoring" {
  source = "../.."

  name              = "vocalbaby-example"
  subnet_id         = tolist(data.aws_subnets.default.ids)[0]
  security_group_id = data.aws_security_group.default.id
  instance_profile  = "vocalbaby-example-monitoring"
  server_tag        = "vocalbaby-example-server"
  parameter_prefix  = "/vocalbaby-example"
  models_bucket     = "vocalbaby-example-models"
  logs_bucket       = "vocalbaby-example-logs"
  artifacts_bucket  = "vocalbaby-example-artifacts"

  configuration = { uri = "${local.releases}/0.1.0/monitoring.tar.gz", sha256 = local.sha256 }
  drift         = { uri = "${local.releases}/0.1.0/drift.pex", sha256 = local.sha256 }
  programs = {
    prometheus   = { uri = "${local.releases}/programs/prometheus.tar.gz", sha256 = local.sha256 }
    alertmanager = { uri = "${local.releases}/programs/alertmanager.tar.gz", sha256 = local.sha256 }
    grafana      = { uri = "${local.releases}/programs/grafana.tar.gz", sha256 = local.sha256 }
  }
}

output "port_forwarding" {
  description = "Commands that forward Grafana, Prometheus and Alertmanager to the local machine."
  value       = module.monitoring.port_forwarding
}
