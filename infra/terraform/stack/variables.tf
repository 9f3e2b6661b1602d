variable "environment" {
  description = "Name of the environment. The names of all resources start with vocalbaby-<environment>."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,15}$", var.environment))
    error_message = "environment must have 2 to 16 lower-case letters and digits, such as staging."
  }
}

variable "name_suffix" {
  description = "Suffix for a second instance of the environment in the same account. The names of all its resources start with vocalbaby-<environment>-<name_suffix>."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]{0,12}$", var.name_suffix))
    error_message = "name_suffix must have at most 12 lower-case letters and digits, such as west."
  }

  # The name of a load balancer has at most 32 characters: vocalbaby-<environment>-<name_suffix>-server.
  validation {
    condition     = var.name_suffix == "" || length("${var.environment}${var.name_suffix}") <= 14
    error_message = "name_suffix must have, together with the name of the environment, at most 14 characters, because AWS limits the names of load balancers."
  }
}

variable "vpc_cidr" {
  description = "IPv4 range of the network."
  type        = string
  default     = "10.40.0.0/16"
}

variable "tags" {
  description = "The provider's default_tags, for servers and their disks, to which the provider does not apply them."
  type        = map(string)
  default     = {}
}

variable "zones" {
  description = "Availability zones, at least two."
  type        = list(string)
}

variable "nat" {
  description = "NAT gateways for the private subnets: none, single or per_zone."
  type        = string
  default     = "single"
}

variable "instance_type" {
  description = "Instance type of the servers."
  type        = string
  default     = "c7i.large"
}

variable "image_id" {
  description = "ID of the AMI of the instances. If null, the newest Amazon Linux 2023 is used."
  type        = string
  default     = null
}

variable "server_artifact" {
  description = "Release that the servers run, see module compute. If null, there are no servers, as in the first apply, which creates the buckets for releases."
  type = object({
    kind   = string
    uri    = string
    sha256 = optional(string)
  })
}

variable "monitoring" {
  description = "Releases that the monitoring instance runs, see module monitoring. If null, there is no instance."
  type = object({
    configuration    = object({ uri = string, sha256 = string })
    programs         = map(object({ uri = string, sha256 = string }))
    drift            = object({ uri = string, sha256 = string })
    drift_schedule   = optional(string, "*-*-* 04:17:00")
    instance_type    = optional(string, "t3.medium")
    data_gib         = optional(number, 20)
    data_device      = optional(string, "/dev/sdf")
    keep_snapshots   = optional(number, 7)
    alarm_topic_arns = optional(list(string), [])
  })
}

variable "monitoring_snapshot_id" {
  description = "ID of a snapshot to restore when the data volume of the monitoring instance is created, see module monitoring."
  type        = string
  default     = null
}

variable "channel" {
  description = "Channel of the model store that the servers follow."
  type        = string
  default     = "production"
}

variable "auto_scaling" {
  description = "Minimum and maximum number of servers and their target CPU utilization. If null, there is a single server."
  type = object({
    min         = number
    max         = number
    cpu_percent = optional(number, 60)
  })
  default = null
}

variable "load_balancer" {
  description = "Load balancer in front of the servers. If null, there is none."
  type = object({
    certificate_arn     = optional(string)
    deletion_protection = optional(bool, true)
  })
  default = null
}

variable "settings" {
  description = "Additional settings of the service as environment variables VOCALBABY_API__…."
  type        = map(string)
  default     = {}
}

variable "github_repository" {
  description = "GitHub repository, as owner/name, whose workflows release and deploy. If null, no workflow may."
  type        = string
  default     = null
}

variable "github_branch" {
  description = "Branch whose workflows may release and deploy."
  type        = string
  default     = "main"
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
  description = "Bucket of the Terraform state, which the workflow deploy reads and writes below <environment>/ or <environment>-<name_suffix>/. If null, that workflow cannot apply."
  type        = string
  default     = null
}

variable "keep_days" {
  description = "Number of days until predictions and replaced objects expire, see module storage."
  type = object({
    logs     = optional(number, 90)
    replaced = optional(number, 90)
  })
  default = {}
}

variable "force_destroy" {
  description = "Whether destroying the environment also deletes data; for tests only."
  type        = bool
  default     = false
}
