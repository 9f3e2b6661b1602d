# One server in the default network, without a load balancer, reached through Session Manager. The
# role, the buckets and the API keys exist already.

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

module "compute" {
  source = "../.."

  name                     = "vocalbaby-example"
  vpc_id                   = data.aws_vpc.default.id
  server_subnet_ids        = data.aws_subnets.default.ids
  server_security_group_id = data.aws_security_group.default.id
  instance_profile         = "vocalbaby-example-server"
  parameter_prefix         = "/vocalbaby-example"
  models_bucket            = "vocalbaby-example-models"
  logs_bucket              = "vocalbaby-example-logs"
  artifacts_bucket         = "vocalbaby-example-artifacts"

  artifact = {
    kind   = "pex"
    uri    = "s3://vocalbaby-example-artifacts/releases/0.1.0/server.pex"
    sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
  }
}

output "autoscaling_group_name" {
  description = "Name of the Auto Scaling group, which replaces the server when it fails."
  value       = module.compute.autoscaling_group_name
}
