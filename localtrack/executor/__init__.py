"""The only code that starts or stops processes: snapshots, the queue's supervisors, process trees."""
