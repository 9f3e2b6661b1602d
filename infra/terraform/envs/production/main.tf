# Production: several servers in two zones behind a load balancer, one NAT gateway per zone, and
# predictions for a year.

locals {
  tags = { Project = "vocalbaby", Environment = "production", ManagedBy = "terraform" }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

module "stack" {
  source = "../../stack"

  environment = "production"
  name_suffix = var.name_suffix
  tags        = local.tags
  zones       = var.zones
  vpc_cidr    = "10.41.0.0/16"
  nat         = "per_zone"

  server_artifact = var.server_artifact
  auto_scaling    = { min = 2, max = 6, cpu_percent = 60 }

  load_balancer = {
    certificate_arn     = var.certificate_arn
    deletion_protection = var.deletion_protection
  }

  monitoring             = var.monitoring
  monitoring_snapshot_id = var.monitoring_snapshot_id

  github_repository        = var.github_repository
  github_ids               = var.github_ids
  github_oidc_provider_arn = var.github_oidc_provider_arn
  state_bucket             = var.state_bucket

  keep_days = { logs = 365, replaced = 90 }
}
