variable "name" {
  description = "Prefix of the names of all resources, e.g. vocalbaby-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 32 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "vpc_cidr" {
  description = "IPv4 range of the network. Each subnet gets a sixteenth of it."
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrsubnet(var.vpc_cidr, 4, 15)) && try(tonumber(split("/", var.vpc_cidr)[1]) <= 23, false)
    error_message = "vpc_cidr must be an IPv4 range of at least /23, such as 10.40.0.0/16, because a load balancer needs subnets of /27."
  }
}

variable "zones" {
  description = "Availability zones, at least two. Each gets a public and a private subnet."
  type        = list(string)

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 8 && length(distinct(var.zones)) == length(var.zones)
    error_message = "zones must have 2 to 8 different availability zones."
  }
}

variable "nat" {
  description = "NAT gateways for the private subnets: none (only endpoints), single (one gateway, cheaper) or per_zone (tolerates the loss of a zone)."
  type        = string
  default     = "single"

  validation {
    condition     = contains(["none", "single", "per_zone"], var.nat)
    error_message = "nat must be none, single or per_zone."
  }
}

variable "interface_endpoints" {
  description = "AWS services that get an interface endpoint, e.g. ssm. If null, all required ones get one where nat is none, and none otherwise."
  type        = set(string)
  default     = null

  validation {
    condition     = var.interface_endpoints == null || try(alltrue([for service in var.interface_endpoints : can(regex("^[a-z0-9.-]+$", service))]), false)
    error_message = "interface_endpoints must be short names of services, such as ssm or ecr.api."
  }
}

variable "server_port" {
  description = "Port of the service."
  type        = number
  default     = 8000

  validation {
    condition     = var.server_port >= 1024 && var.server_port <= 65535
    error_message = "server_port must be from 1024 to 65535."
  }
}

variable "metrics_port" {
  description = "Port of the service's metrics."
  type        = number
  default     = 9464

  validation {
    condition     = var.metrics_port >= 1024 && var.metrics_port <= 65535
    error_message = "metrics_port must be from 1024 to 65535."
  }
}

variable "load_balancer_ports" {
  description = "Ports of the load balancer that are open to the internet."
  type        = set(number)
  default     = [80, 443]

  validation {
    condition     = alltrue([for port in var.load_balancer_ports : contains([80, 443], port)])
    error_message = "load_balancer_ports may only contain 80 and 443."
  }
}

variable "flow_log_days" {
  description = "Number of days that flow logs are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400], var.flow_log_days)
    error_message = "flow_log_days must be a retention period of CloudWatch Logs: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 or 400."
  }
}

variable "kms_key_arn" {
  description = "ARN of a KMS key for the flow logs. If null, CloudWatch's own encryption is used."
  type        = string
  default     = null
}
