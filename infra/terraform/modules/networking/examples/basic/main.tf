# A network in two zones whose servers reach the internet through one NAT gateway.

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
  description = "IDs of the subnets for the servers."
  value       = module.networking.private_subnet_ids
}
