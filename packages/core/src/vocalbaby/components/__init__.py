"""The steps: functions from typed inputs to typed outputs."""
