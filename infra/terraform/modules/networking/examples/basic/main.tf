# A network over two zones whose servers reach the internet through one gateway.

provider "aws" {
  region = "eu-central-1"
}

module "networking" {
  source = "../.."

  name  = "vocalbaby-example"
  zones = ["eu-central-1a", "eu-central-1b"]
  nat   = "single"
}

output "server_subnet_ids" {
  description = "Where servers stand."
  value       = module.networking.private_subnet_ids
}
