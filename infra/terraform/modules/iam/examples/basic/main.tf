# Roles for the instances, and for the workflows of one repository.

provider "aws" {
  region = "eu-central-1"
}

module "storage" {
  source = "../../../storage"

  name = "vocalbaby-example"
}

module "ecr" {
  source = "../../../ecr"

  name = "vocalbaby-example"
}

module "iam" {
  source = "../.."

  name                     = "vocalbaby-example"
  bucket_arns              = module.storage.bucket_arns
  repository_arns          = values(module.ecr.repository_arns)
  parameter_prefix         = "/vocalbaby-example"
  github_repository        = "example/vocalbaby"
  github_environment       = "example"
  github_ids               = { owner = 123456, repository = 456789 }
  github_oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
}

output "github_role_arns" {
  description = "ARNs of the roles that the workflows assume."
  value       = module.iam.github_role_arns
}
