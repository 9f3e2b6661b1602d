variable "region" {
  description = "Region of everything."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be a region's name, such as eu-central-1."
  }
}

variable "zones" {
  description = "Availability zones of the region, two at least."
  type        = list(string)

  validation {
    condition     = alltrue([for zone in var.zones : startswith(zone, var.region)])
    error_message = "zones must lie in the region."
  }
}

variable "name_suffix" {
  description = "Sets this instance of the environment apart from another one in the same account, such as one in a region that is lost, see docs/deploy.md; none when empty."
  type        = string
  default     = ""
}

variable "certificate_arn" {
  description = "Certificate (ACM) of the name under which the service is reached."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:acm:", var.certificate_arn))
    error_message = "certificate_arn must be the ARN of a certificate in ACM."
  }
}

variable "deletion_protection" {
  description = "Whether the load balancer refuses to be deleted. To destroy production, first apply with false."
  type        = bool
  default     = true
}

variable "server_artifact" {
  description = "What the servers run: what scripts/release_pex.sh or scripts/release_image.sh printed. null for an environment's first apply, which makes the buckets that a release goes to."
  type = object({
    kind   = string
    uri    = string
    sha256 = optional(string)
  })
}

variable "monitoring" {
  description = "What the monitoring instance runs: what scripts/release_monitoring.sh, release_programs.sh and release_pex.sh printed; null for none."
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
  description = "Snapshot that the monitoring instance's data are restored from when their volume is made, see docs/deploy.md; none when null."
  type        = string
  default     = null
}

variable "github_repository" {
  description = "GitHub repository whose workflows release and deploy, as owner/name; none when null."
  type        = string
  default     = null
}

variable "github_ids" {
  description = "Numbers of the repository and of its owner, see module iam; none when null."
  type        = object({ owner = number, repository = number })
  default     = null
}

variable "github_oidc_provider_arn" {
  description = "GitHub's OIDC provider, needed where github_repository is set: an output of the bootstrap."
  type        = string
  default     = null
}

variable "state_bucket" {
  description = "The bootstrap's bucket, which the workflow that deploys keeps the state in; none when null."
  type        = string
  default     = null
}
