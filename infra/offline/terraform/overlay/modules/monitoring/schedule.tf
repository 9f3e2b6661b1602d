# Stands in for schedule.tf: the simulated AWS has no Data Lifecycle Manager.
