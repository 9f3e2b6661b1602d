variable "name" {
  description = "Prefix of every resource's name, e.g. vocalbaby-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 32 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "tags" {
  description = "More tags of the group, its instances and their disks: the provider's default_tags, which do not reach them."
  type        = map(string)
  default     = {}
}

variable "vpc_id" {
  description = "The network (module networking)."
  type        = string
}

variable "server_subnet_ids" {
  description = "Subnets of the instances, private ones."
  type        = list(string)

  validation {
    condition     = length(var.server_subnet_ids) > 0
    error_message = "server_subnet_ids must name one subnet at least."
  }
}

variable "server_security_group_id" {
  description = "Security group of the instances."
  type        = string
}

variable "instance_profile" {
  description = "Instance profile of the job server (module iam)."
  type        = string
}

variable "instance_type" {
  description = "Type of the instances, x86-64."
  type        = string
  default     = "c7i.large"
}

variable "image_id" {
  description = "AMI with dnf, systemd and the AWS CLI; the newest Amazon Linux 2023 when null."
  type        = string
  default     = null

  validation {
    condition     = var.image_id == null || can(regex("^ami-[0-9a-f]+$", var.image_id))
    error_message = "image_id must be an AMI such as ami-0123456789abcdef0."
  }
}

variable "disk_gib" {
  description = "Size of an instance's encrypted disk in GiB: packages, release, and predictions until they are shipped."
  type        = number
  default     = 20

  validation {
    condition     = var.disk_gib >= 8
    error_message = "disk_gib must be 8 at least."
  }
}

variable "artifact" {
  description = "What the instances run: a PEX in S3 with its sha256, or an image by digest."
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
    error_message = "artifact must be {kind = \"pex\", uri = \"s3://….pex\", sha256 = 64 hex digits} or {kind = \"image\", uri = \"…@sha256:…\"}: never a tag, which may move."
  }
}

variable "models_bucket" {
  description = "Bucket of the model store."
  type        = string
}

variable "channel" {
  description = "Channel of the model store that the servers follow."
  type        = string
  default     = "production"

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._-]*$", var.channel))
    error_message = "channel must be a name of letters, digits and ._-"
  }
}

variable "logs_bucket" {
  description = "Bucket that predictions are shipped to, below predictions/, and the load balancer's logs."
  type        = string
}

variable "artifacts_bucket" {
  description = "Bucket with the drift job's results, below drift/."
  type        = string
}

variable "parameter_prefix" {
  description = "Path in the SSM Parameter Store; the API keys stand in <prefix>/server/api-keys."
  type        = string
}

variable "workers" {
  description = "Server processes per instance; as many as it has cores when null."
  type        = number
  default     = null

  validation {
    condition     = var.workers == null || try(var.workers >= 1 && floor(var.workers) == var.workers, false)
    error_message = "workers must be a whole number, 1 at least."
  }
}

variable "server_port" {
  description = "Port the service listens on."
  type        = number
  default     = 8000
}

variable "metrics_port" {
  description = "Port the service's metrics are on."
  type        = number
  default     = 9464
}

variable "settings" {
  description = "More settings of the service, as environment variables VOCALBABY_API__….; see vocalbaby-serve --help."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name, value in var.settings : can(regex("^VOCALBABY_API__[A-Z_]+$", name)) && !can(regex("[\\n\"']", value))])
    error_message = "settings must be variables VOCALBABY_API__… with values of one line without quotes."
  }
}

variable "auto_scaling" {
  description = "Bounds of the group and the CPU load it aims at; one instance, replaced when it dies, when null."
  type = object({
    min         = number
    max         = number
    cpu_percent = optional(number, 60)
  })
  default = null

  validation {
    condition     = var.auto_scaling == null || try(1 <= var.auto_scaling.min && var.auto_scaling.min <= var.auto_scaling.max && 10 <= var.auto_scaling.cpu_percent && var.auto_scaling.cpu_percent <= 90, false)
    error_message = "auto_scaling needs 1 <= min <= max and a cpu_percent of 10 to 90."
  }
}

variable "load_balancer" {
  description = "A load balancer before the instances, none when null. Without a certificate it speaks HTTP, for rehearsals only."
  type = object({
    subnet_ids          = list(string)
    security_group_id   = string
    certificate_arn     = optional(string)
    deletion_protection = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.load_balancer == null || try(length(var.load_balancer.subnet_ids) >= 2, false)
    error_message = "load_balancer needs subnets in two zones at least."
  }
}
