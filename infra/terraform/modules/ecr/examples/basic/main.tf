# Repositories for the images of the server and of the drift job.

provider "aws" {
  region = "eu-central-1"
}

module "ecr" {
  source = "../.."

  name = "vocalbaby-example"
}

output "server_repository" {
  description = "URL of the server's repository, for scripts/release_image.sh."
  value       = module.ecr.repository_urls["server"]
}
