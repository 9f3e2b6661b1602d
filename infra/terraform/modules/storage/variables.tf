variable "name" {
  description = "Prefix of the names of all resources, e.g. vocalbaby-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 32 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "suffix" {
  description = "Suffix that makes the names of the buckets unique among all accounts. The default is the account id."
  type        = string
  default     = null

  validation {
    condition     = var.suffix == null || can(regex("^[a-z0-9][a-z0-9-]{0,19}$", var.suffix))
    error_message = "suffix must have 1 to 20 lower-case letters, digits and hyphens."
  }
}

variable "keep_days" {
  description = "Number of days until objects expire. The value logs applies to all objects of the bucket logs, which S3 deletes permanently a day later. The value replaced applies to old versions of replaced or deleted objects in the buckets models and artifacts."
  type = object({
    logs     = optional(number, 90)
    replaced = optional(number, 90)
  })
  default = {}

  validation {
    condition     = var.keep_days.logs >= 1 && var.keep_days.replaced >= 1
    error_message = "keep_days must be at least 1."
  }
}

variable "kms_key_arn" {
  description = "ARN of a KMS key for the objects. If null, keys of S3 are used."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Whether destroying a bucket also deletes its objects; for tests only."
  type        = bool
  default     = false
}
