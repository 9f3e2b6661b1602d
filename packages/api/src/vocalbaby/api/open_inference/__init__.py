"""The Open Inference Protocol (KServe V2) on the service's own engine."""
