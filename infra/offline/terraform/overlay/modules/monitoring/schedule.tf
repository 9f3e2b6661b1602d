# Replaces schedule.tf: the simulated AWS has no Data Lifecycle Manager.
