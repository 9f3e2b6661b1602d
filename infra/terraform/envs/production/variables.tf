variable "region" {
  description = "AWS region."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of a region, such as eu-central-1."
  }
}

variable "zones" {
  description = "Availability zones of the region, at least two."
  type        = list(string)

  validation {
    condition     = alltrue([for zone in var.zones : startswith(zone, var.region)])
    error_message = "zones must be in the region."
  }
}

variable "name_suffix" {
  description = "Suffix for a second instance of the environment in the same account, such as the replacement of one in a lost region, see docs/deploy.md."
  type        = string
  default     = ""
}

variable "certificate_arn" {
  description = "ARN of the ACM certificate for the domain name of the service."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:acm:", var.certificate_arn))
    error_message = "certificate_arn must be the ARN of a certificate in ACM."
  }
}

variable "deletion_protection" {
  description = "Whether the load balancer is protected from deletion. Apply with false before destroying production."
  type        = bool
  default     = true
}

variable "server_artifact" {
  description = "Release that the servers run, as printed by scripts/release_pex.sh or scripts/release_image.sh. Set it to null in the first apply, which creates the buckets for releases."
  type = object({
    kind   = string
    uri    = string
    sha256 = optional(string)
  })
}

variable "monitoring" {
  description = "Releases that the monitoring instance runs, as printed by scripts/release_monitoring.sh, release_programs.sh and release_pex.sh. If null, there is no instance."
  type = object({
    configuration    = object({ uri = string, sha256 = string })
    programs         = map(object({ uri = string, sha256 = string }))
    drift            = object({ uri = string, sha256 = string })
    drift_schedule   = optional(string, "*-*-* 04:17:00")
    data_device      = optional(string, "/dev/sdf")
    keep_snapshots   = optional(number, 7)
    alarm_topic_arns = optional(list(string), [])
  })
}

variable "monitoring_snapshot_id" {
  description = "ID of a snapshot to restore when the data volume of the monitoring instance is created, see docs/deploy.md."
  type        = string
  default     = null
}

variable "github_repository" {
  description = "GitHub repository, as owner/name, whose workflows release and deploy. If null, no workflow may."
  type        = string
  default     = null
}

variable "github_ids" {
  description = "IDs of the repository and of its owner, see module iam."
  type        = object({ owner = number, repository = number })
  default     = null
}

variable "github_oidc_provider_arn" {
  description = "ARN of GitHub's OIDC provider, an output of the bootstrap. It is required with github_repository."
  type        = string
  default     = null
}

variable "state_bucket" {
  description = "Bucket of the bootstrap, in which the workflow deploy keeps the Terraform state. If null, that workflow cannot apply."
  type        = string
  default     = null
}
