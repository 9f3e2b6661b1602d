variable "name" {
  description = "Prefix of every resource's name, e.g. vocalbaby-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 32 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "suffix" {
  description = "What makes the buckets' names unique among all accounts: the account's number by default."
  type        = string
  default     = null

  validation {
    condition     = var.suffix == null || can(regex("^[a-z0-9][a-z0-9-]{0,19}$", var.suffix))
    error_message = "suffix must be 1 to 20 lower-case letters, digits and hyphens."
  }
}

variable "keep_days" {
  description = "Days until objects expire: all in the bucket logs, which S3 deletes for good a day later, and versions of objects that were replaced or deleted in the buckets models and artifacts."
  type = object({
    logs     = optional(number, 90)
    replaced = optional(number, 90)
  })
  default = {}

  validation {
    condition     = var.keep_days.logs >= 1 && var.keep_days.replaced >= 1
    error_message = "keep_days must be whole days, 1 at least."
  }
}

variable "kms_key_arn" {
  description = "KMS key for the objects; S3's own keys when null."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Whether destroying also deletes what is in the buckets; for rehearsals only."
  type        = bool
  default     = false
}
