variable "region" {
  description = "Region of the bucket."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket, unique among all accounts, e.g. vocalbaby-terraform-<account number>."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "bucket must be 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "github" {
  description = "Whether workflows on GitHub release and deploy. Which of them may do what is said by the environments' roles."
  type        = bool
  default     = true
}

variable "github_oidc_provider_arn" {
  description = "GitHub's OIDC provider where the account has it already, which has it once for all regions; made when null."
  type        = string
  default     = null

  validation {
    condition     = var.github_oidc_provider_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.github_oidc_provider_arn))
    error_message = "github_oidc_provider_arn must be arn:aws:iam::<account>:oidc-provider/token.actions.githubusercontent.com."
  }
}
