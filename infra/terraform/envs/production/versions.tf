terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }

  # The bucket is the bootstrap's: terraform init -backend-config=bucket=… -backend-config=region=…
  # S3 holds the lock as well; whoever comes second is refused.
  backend "s3" {
    key          = "production/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}
