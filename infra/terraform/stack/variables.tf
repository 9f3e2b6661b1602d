variable "environment" {
  description = "Name of the environment; every resource's name begins with vocalbaby-<environment>."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,15}$", var.environment))
    error_message = "environment must be 2 to 16 lower-case letters and digits, such as staging."
  }
}

variable "name_suffix" {
  description = "Sets an instance of the environment apart from another one in the same account, whose names are taken: every resource's name begins with vocalbaby-<environment>-<name_suffix>. None when empty."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]{0,12}$", var.name_suffix))
    error_message = "name_suffix must be lower-case letters and digits, such as west."
  }

  # A load balancer's name has 32 characters at most: vocalbaby-<environment>-<name_suffix>-server.
  validation {
    condition     = var.name_suffix == "" || length("${var.environment}${var.name_suffix}") <= 14
    error_message = "name_suffix must be short enough for AWS: with the environment's name 14 characters at most."
  }
}

variable "vpc_cidr" {
  description = "Addresses of the network."
  type        = string
  default     = "10.40.0.0/16"
}

variable "tags" {
  description = "The provider's default_tags once more, for what they do not reach: servers and their disks."
  type        = map(string)
  default     = {}
}

variable "zones" {
  description = "Availability zones, two at least."
  type        = list(string)
}

variable "nat" {
  description = "Way out of the private subnets: none, single or per_zone."
  type        = string
  default     = "single"
}

variable "instance_type" {
  description = "Type of the servers."
  type        = string
  default     = "c7i.large"
}

variable "image_id" {
  description = "AMI of the instances; the newest Amazon Linux 2023 when null."
  type        = string
  default     = null
}

variable "server_artifact" {
  description = "What the servers run, see module compute. With null there are no servers: an environment's first apply makes the buckets that a release goes to."
  type = object({
    kind   = string
    uri    = string
    sha256 = optional(string)
  })
}

variable "monitoring" {
  description = "What the monitoring instance runs, see module monitoring; none when null."
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
  description = "Snapshot of a monitoring instance's data volume that the volume is made from, see module monitoring; an empty one when null."
  type        = string
  default     = null
}

variable "channel" {
  description = "Channel of the model store that the servers follow."
  type        = string
  default     = "production"
}

variable "auto_scaling" {
  description = "Bounds of the group of servers and the CPU load it aims at; one server when null."
  type = object({
    min         = number
    max         = number
    cpu_percent = optional(number, 60)
  })
  default = null
}

variable "load_balancer" {
  description = "A load balancer before the servers; none when null."
  type = object({
    certificate_arn     = optional(string)
    deletion_protection = optional(bool, true)
  })
  default = null
}

variable "settings" {
  description = "More settings of the service, as variables VOCALBABY_API__…."
  type        = map(string)
  default     = {}
}

variable "github_repository" {
  description = "GitHub repository whose workflows push and deploy, as owner/name; none when null."
  type        = string
  default     = null
}

variable "github_branch" {
  description = "Branch whose workflows push images and run the drift job."
  type        = string
  default     = "main"
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
  description = "Bucket of Terraform's state, below <environment>/ or <environment>-<name_suffix>/, which the workflow that deploys keeps; none when null."
  type        = string
  default     = null
}

variable "keep_days" {
  description = "Days until predictions and replaced objects expire, see module storage."
  type = object({
    logs     = optional(number, 90)
    replaced = optional(number, 90)
  })
  default = {}
}

variable "force_destroy" {
  description = "Whether destroying also deletes data; for rehearsals only."
  type        = bool
  default     = false
}
