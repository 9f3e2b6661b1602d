variable "name" {
  description = "Prefix of the names of all resources, e.g. vocalbaby-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 32 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "bucket_arns" {
  description = "ARNs of the buckets models, artifacts and logs (module storage)."
  type = object({
    models    = string
    artifacts = string
    logs      = string
  })
}

variable "repository_arns" {
  description = "ARNs of the image repositories (module ecr)."
  type        = list(string)
}

variable "parameter_prefix" {
  description = "Path in the SSM Parameter Store that contains the secrets, e.g. /vocalbaby-staging."
  type        = string

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.-]+)+$", var.parameter_prefix))
    error_message = "parameter_prefix must be a path such as /vocalbaby-staging, without a trailing slash."
  }
}

variable "github_repository" {
  description = "GitHub repository, as owner/name, whose workflows may assume the roles ci, drift, release and deploy. If null, these roles do not exist."
  type        = string
  default     = null

  validation {
    condition     = var.github_repository == null || can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", var.github_repository))
    error_message = "github_repository must be owner/name, without wildcards."
  }
}

variable "github_branch" {
  description = "Branch whose workflows may assume the roles."
  type        = string
  default     = "main"

  validation {
    condition     = can(regex("^[A-Za-z0-9_./-]+$", var.github_branch))
    error_message = "github_branch must be a single branch, without wildcards."
  }
}

variable "github_environment" {
  description = "GitHub environment whose jobs may deploy, after approval by its reviewers."
  type        = string
  default     = "production"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+$", var.github_environment))
    error_message = "github_environment must be a single environment, without wildcards."
  }
}

variable "github_ids" {
  description = "IDs of the repository and of its owner (`gh api repos/OWNER/NAME --jq '.owner.id, .id'`). Tokens contain them in addition to the names if the repository was created or renamed after 2026-07-15. If null, only tokens without IDs are trusted."
  type = object({
    owner      = number
    repository = number
  })
  default = null

  validation {
    condition     = var.github_ids == null || try(alltrue([for id in values(var.github_ids) : id >= 1 && floor(id) == id]), false)
    error_message = "github_ids must be whole numbers of at least 1."
  }
}

variable "github_oidc_provider_arn" {
  description = "ARN of GitHub's OIDC provider, which all environments of an account share; an output of the bootstrap."
  type        = string
  default     = null

  validation {
    condition     = var.github_repository == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.github_oidc_provider_arn))
    error_message = "github_oidc_provider_arn must be arn:aws:iam::<account>:oidc-provider/token.actions.githubusercontent.com where github_repository is set."
  }
}

variable "state" {
  description = "Bucket and key of this environment's Terraform state. If null, the workflow deploy cannot apply."
  type = object({
    bucket = string
    key    = string
  })
  default = null

  validation {
    condition     = var.state == null || try(!can(regex("[*?]", "${var.state.bucket}${var.state.key}")), false)
    error_message = "state must be a single bucket and key, without wildcards."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key of the buckets, if they use one."
  type        = string
  default     = null
}
