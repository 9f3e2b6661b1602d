# The three buckets, with predictions that are kept for a month.

provider "aws" {
  region = "eu-central-1"
}

module "storage" {
  source = "../.."

  name      = "vocalbaby-example"
  keep_days = { logs = 30 }
}

output "store" {
  description = "URL of the model store, for `vocalbaby model list --store`."
  value       = "s3://${module.storage.bucket_names["models"]}"
}
