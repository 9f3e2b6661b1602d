variable "name" {
  description = "Prefix of the names of all resources, e.g. vocalbaby-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 32 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "tags" {
  description = "Additional tags of the group, its instances and their disks. Pass the provider's default_tags here, because they do not apply to these resources."
  type        = map(string)
  default     = {}
}

variable "vpc_id" {
  description = "ID of the VPC (module networking)."
  type        = string
}

variable "server_subnet_ids" {
  description = "IDs of the private subnets for the instances."
  type        = list(string)

  validation {
    condition     = length(var.server_subnet_ids) > 0
    error_message = "server_subnet_ids must have at least one subnet."
  }
}

variable "server_security_group_id" {
  description = "ID of the security group of the instances."
  type        = string
}

variable "instance_profile" {
  description = "Name of the instance profile for servers (module iam)."
  type        = string
}

variable "instance_type" {
  description = "Instance type, x86-64."
  type        = string
  default     = "c7i.large"
}

variable "image_id" {
  description = "ID of an AMI with dnf, systemd and the AWS CLI. If null, the newest Amazon Linux 2023 is used."
  type        = string
  default     = null

  validation {
    condition     = var.image_id == null || can(regex("^ami-[0-9a-f]+$", var.image_id))
    error_message = "image_id must be the ID of an AMI, such as ami-0123456789abcdef0."
  }
}

variable "disk_gib" {
  description = "Size in GiB of an instance's encrypted disk. It holds packages, the release, and predictions that are not yet in S3."
  type        = number
  default     = 20

  validation {
    condition     = var.disk_gib >= 8
    error_message = "disk_gib must be at least 8."
  }
}

variable "artifact" {
  description = "Release that the instances run: a PEX in S3 with its SHA-256 checksum, or an image by digest."
  type = object({
    kind   = string
    uri    = string
    sha256 = optional(string)
  })

  validation {
    condition = (
      var.artifact.kind == "pex"
      ? can(regex("^s3://[^/]+/.+\\.pex$", var.artifact.uri)) && can(regex("^[0-9a-f]{64}$", var.artifact.sha256))
      : var.artifact.kind == "image" && can(regex("@sha256:[0-9a-f]{64}$", var.artifact.uri))
    )
    error_message = "artifact must be {kind = \"pex\", uri = \"s3://….pex\", sha256 = 64 hex digits} or {kind = \"image\", uri = \"…@sha256:…\"}. Tags of images are not accepted, because they can be moved."
  }
}

variable "models_bucket" {
  description = "Name of the bucket with the model store."
  type        = string
}

variable "channel" {
  description = "Channel of the model store that the servers follow."
  type        = string
  default     = "production"

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._-]*$", var.channel))
    error_message = "channel must consist of letters, digits, dots, underscores and hyphens, and start with a letter or digit."
  }
}

variable "logs_bucket" {
  description = "Name of the bucket for predictions, below predictions/, and for the load balancer's access logs."
  type        = string
}

variable "artifacts_bucket" {
  description = "Name of the bucket with the drift job's results, below drift/."
  type        = string
}

variable "parameter_prefix" {
  description = "Path in the SSM Parameter Store. The parameter <prefix>/server/api-keys holds the API keys."
  type        = string
}

variable "workers" {
  description = "Number of server processes per instance. If null, it is the number of cores."
  type        = number
  default     = null

  validation {
    condition     = var.workers == null || try(var.workers >= 1 && floor(var.workers) == var.workers, false)
    error_message = "workers must be a whole number of at least 1."
  }
}

variable "server_port" {
  description = "Port of the service."
  type        = number
  default     = 8000
}

variable "metrics_port" {
  description = "Port of the service's metrics."
  type        = number
  default     = 9464
}

variable "settings" {
  description = "Additional settings of the service as environment variables VOCALBABY_API__…; see vocalbaby-serve --help."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name, value in var.settings : can(regex("^VOCALBABY_API__[A-Z_]+$", name)) && !can(regex("[\\n\"']", value))])
    error_message = "settings must be variables VOCALBABY_API__…, with values on one line and without quotes."
  }
}

variable "auto_scaling" {
  description = "Minimum and maximum size of the group and its target CPU utilization. If null, the group has a single instance."
  type = object({
    min         = number
    max         = number
    cpu_percent = optional(number, 60)
  })
  default = null

  validation {
    condition     = var.auto_scaling == null || try(1 <= var.auto_scaling.min && var.auto_scaling.min <= var.auto_scaling.max && 10 <= var.auto_scaling.cpu_percent && var.auto_scaling.cpu_percent <= 90, false)
    error_message = "auto_scaling must have 1 <= min <= max, and cpu_percent from 10 to 90."
  }
}

variable "load_balancer" {
  description = "Load balancer in front of the instances. If null, there is none. Without a certificate it serves HTTP, for tests only. The servers take the addresses of clients from requests that come from cidr_blocks, the ranges of its subnets."
  type = object({
    subnet_ids          = list(string)
    security_group_id   = string
    cidr_blocks         = optional(list(string), [])
    certificate_arn     = optional(string)
    deletion_protection = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.load_balancer == null || try(length(var.load_balancer.subnet_ids) >= 2, false)
    error_message = "load_balancer must have subnets in at least two availability zones."
  }
}
