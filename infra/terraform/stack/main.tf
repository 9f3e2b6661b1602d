# One environment, which connects the modules.

locals {
  # The deploy scripts derive the key of the state from the same name.
  instance         = join("-", compact([var.environment, var.name_suffix]))
  name             = "vocalbaby-${local.instance}"
  parameter_prefix = "/${local.name}"
}

module "networking" {
  source = "../modules/networking"

  name     = local.name
  vpc_cidr = var.vpc_cidr
  zones    = var.zones
  nat      = var.nat
}

module "storage" {
  source = "../modules/storage"

  name          = local.name
  keep_days     = var.keep_days
  force_destroy = var.force_destroy
}

module "ecr" {
  source = "../modules/ecr"

  name          = local.name
  force_destroy = var.force_destroy
}

module "iam" {
  source = "../modules/iam"

  name                     = local.name
  bucket_arns              = module.storage.bucket_arns
  repository_arns          = values(module.ecr.repository_arns)
  parameter_prefix         = local.parameter_prefix
  github_repository        = var.github_repository
  github_branch            = var.github_branch
  github_environment       = var.environment
  github_ids               = var.github_ids
  github_oidc_provider_arn = var.github_oidc_provider_arn
  state                    = var.state_bucket == null ? null : { bucket = var.state_bucket, key = "${local.instance}/terraform.tfstate" }
}

module "compute" {
  source = "../modules/compute"
  count  = var.server_artifact == null ? 0 : 1

  name                     = local.name
  tags                     = var.tags
  vpc_id                   = module.networking.vpc_id
  server_subnet_ids        = module.networking.private_subnet_ids
  server_security_group_id = module.networking.security_group_ids["server"]
  instance_profile         = module.iam.instance_profiles["server"]
  instance_type            = var.instance_type
  image_id                 = var.image_id
  artifact                 = var.server_artifact
  models_bucket            = module.storage.bucket_names["models"]
  logs_bucket              = module.storage.bucket_names["logs"]
  artifacts_bucket         = module.storage.bucket_names["artifacts"]
  channel                  = var.channel
  parameter_prefix         = local.parameter_prefix
  server_port              = module.networking.server_port
  metrics_port             = module.networking.metrics_port
  settings                 = var.settings
  auto_scaling             = var.auto_scaling

  load_balancer = var.load_balancer == null ? null : {
    subnet_ids          = module.networking.public_subnet_ids
    cidr_blocks         = module.networking.public_cidr_blocks
    security_group_id   = module.networking.security_group_ids["load_balancer"]
    certificate_arn     = var.load_balancer.certificate_arn
    deletion_protection = var.load_balancer.deletion_protection
  }
}

module "monitoring" {
  source = "../modules/monitoring"
  count  = var.monitoring == null ? 0 : 1

  name              = local.name
  subnet_id         = module.networking.private_subnet_ids[0]
  security_group_id = module.networking.security_group_ids["monitoring"]
  instance_profile  = module.iam.instance_profiles["monitoring"]
  instance_type     = var.monitoring.instance_type
  image_id          = var.image_id
  server_tag        = "${local.name}-server"
  metrics_port      = module.networking.metrics_port
  configuration     = var.monitoring.configuration
  programs          = var.monitoring.programs
  drift             = var.monitoring.drift
  drift_schedule    = var.monitoring.drift_schedule
  models_bucket     = module.storage.bucket_names["models"]
  logs_bucket       = module.storage.bucket_names["logs"]
  artifacts_bucket  = module.storage.bucket_names["artifacts"]
  channel           = var.channel
  parameter_prefix  = local.parameter_prefix
  data_gib          = var.monitoring.data_gib
  data_device       = var.monitoring.data_device
  data_snapshot_id  = var.monitoring_snapshot_id
  keep_snapshots    = var.monitoring.keep_snapshots
  alarm_topic_arns  = var.monitoring.alarm_topic_arns
}
