"""A module for each tracker; each needs what it measures, so only `worker` imports them, one at a time."""
