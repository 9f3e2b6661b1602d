variable "name" {
  description = "Prefix of every resource's name, e.g. vocalbaby-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 32 lower-case letters, digits and hyphens, and begin with a letter."
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
  description = "Path in the SSM Parameter Store below which the servers' secrets stand, e.g. /vocalbaby-staging."
  type        = string

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.-]+)+$", var.parameter_prefix))
    error_message = "parameter_prefix must be a path such as /vocalbaby-staging, without a slash at its end."
  }
}

variable "github_repository" {
  description = "GitHub repository whose workflows may assume the roles ci, drift, release and deploy, as owner/name; no such roles when null."
  type        = string
  default     = null

  validation {
    condition     = var.github_repository == null || can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", var.github_repository))
    error_message = "github_repository must be owner/name, without wildcards."
  }
}

variable "github_branch" {
  description = "The branch whose workflows may assume the roles."
  type        = string
  default     = "main"

  validation {
    condition     = can(regex("^[A-Za-z0-9_./-]+$", var.github_branch))
    error_message = "github_branch must be one branch, without wildcards."
  }
}

variable "github_environment" {
  description = "The GitHub environment, with its reviewers, whose jobs may deploy."
  type        = string
  default     = "production"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+$", var.github_environment))
    error_message = "github_environment must be one environment, without wildcards."
  }
}

variable "github_ids" {
  description = "Numbers of the repository and of its owner (`gh api repos/OWNER/NAME --jq '.owner.id, .id'`), which tokens carry beside the names where the repository was created or renamed since 2026-07-15; trusted by its names alone when null."
  type = object({
    owner      = number
    repository = number
  })
  default = null

  validation {
    condition     = var.github_ids == null || try(alltrue([for id in values(var.github_ids) : id >= 1 && floor(id) == id]), false)
    error_message = "github_ids must be whole numbers, 1 at least."
  }
}

variable "github_oidc_provider_arn" {
  description = "GitHub's OIDC provider, which an account has once for all environments: an output of the bootstrap."
  type        = string
  default     = null

  validation {
    condition     = var.github_repository == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.github_oidc_provider_arn))
    error_message = "github_oidc_provider_arn must be arn:aws:iam::<account>:oidc-provider/token.actions.githubusercontent.com where github_repository is set."
  }
}

variable "state" {
  description = "Where Terraform keeps this environment's state, for the workflow that deploys: bucket and key. Such a workflow cannot apply when null."
  type = object({
    bucket = string
    key    = string
  })
  default = null

  validation {
    condition     = var.state == null || try(!can(regex("[*?]", "${var.state.bucket}${var.state.key}")), false)
    error_message = "state must be one bucket and one key, without wildcards."
  }
}

variable "kms_key_arn" {
  description = "KMS key of the buckets, where they have one."
  type        = string
  default     = null
}
