"""The Open Inference Protocol (KServe V2), answered by the same engine as ``/predict``."""
