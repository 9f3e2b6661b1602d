variable "region" {
  description = "Region of the bucket."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket, unique among all accounts, e.g. vocalbaby-terraform-<account id>."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "bucket must have 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "github" {
  description = "Whether GitHub workflows release and deploy. The roles of the environments define their permissions."
  type        = bool
  default     = true
}

variable "github_oidc_provider_arn" {
  description = "ARN of GitHub's OIDC provider if the account already has one; an account has at most one for all regions. If null, the provider is created."
  type        = string
  default     = null

  validation {
    condition     = var.github_oidc_provider_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.github_oidc_provider_arn))
    error_message = "github_oidc_provider_arn must be arn:aws:iam::<account>:oidc-provider/token.actions.githubusercontent.com."
  }
}
