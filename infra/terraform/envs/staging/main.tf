# Staging: the smallest form of production, with one server, one NAT gateway and predictions for a
# month.

locals {
  tags = { Project = "vocalbaby", Environment = "staging", ManagedBy = "terraform" }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

module "stack" {
  source = "../../stack"

  environment = "staging"
  name_suffix = var.name_suffix
  tags        = local.tags
  zones       = var.zones
  vpc_cidr    = "10.40.0.0/16"
  nat         = "single"

  server_artifact = var.server_artifact

  load_balancer = {
    certificate_arn     = var.certificate_arn
    deletion_protection = false
  }

  monitoring             = var.monitoring
  monitoring_snapshot_id = var.monitoring_snapshot_id

  github_repository        = var.github_repository
  github_ids               = var.github_ids
  github_oidc_provider_arn = var.github_oidc_provider_arn
  state_bucket             = var.state_bucket

  keep_days = { logs = 30, replaced = 14 }
}
