# The optional load balancer. It terminates TLS and sends requests only to servers whose /ready
# succeeds.

locals {
  balanced = var.load_balancer == null ? 0 : 1
  tls      = try(var.load_balancer.certificate_arn, null) != null ? local.balanced : 0
}

resource "aws_lb" "this" {
  # checkov:skip=CKV2_AWS_20:Port 80 redirects to HTTPS if there is a certificate, see the listener "redirect"
  # checkov:skip=CKV2_AWS_28:The service itself enforces limits, API keys and rates; a WAF can be added
  count = local.balanced

  name                       = "${var.name}-server"
  load_balancer_type         = "application"
  subnets                    = var.load_balancer.subnet_ids
  security_groups            = [var.load_balancer.security_group_id]
  drop_invalid_header_fields = true
  enable_deletion_protection = var.load_balancer.deletion_protection
  idle_timeout               = local.idle_seconds

  access_logs {
    bucket  = var.logs_bucket
    prefix  = "load-balancer"
    enabled = true
  }
}

resource "aws_lb_target_group" "server" {
  # checkov:skip=CKV_AWS_378:TLS ends at the load balancer, which reaches the servers in a private network
  count = local.balanced

  name                 = "${var.name}-server"
  vpc_id               = var.vpc_id
  port                 = var.server_port
  protocol             = "HTTP"
  deregistration_delay = 60

  health_check {
    path                = "/ready"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "https" {
  count = local.tls

  load_balancer_arn = aws_lb.this[0].arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.load_balancer.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.server[0].arn
  }
}

resource "aws_lb_listener" "redirect" {
  count = local.tls

  load_balancer_arn = aws_lb.this[0].arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "http" {
  # checkov:skip=CKV_AWS_2:This listener exists only without a certificate, for tests
  # checkov:skip=CKV_AWS_103:There is no TLS without a certificate
  count = local.balanced - local.tls

  load_balancer_arn = aws_lb.this[0].arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.server[0].arn
  }
}
