"""Logs a greeting to the run that this script is, and says so."""

from azureml.core import Run

run = Run.get_context()
run.log("message", "Hello from a script!")
print(f"Hello from {run.id}")
