"""Takes its time, so that there is something to cancel."""

import time

from azureml.core import Run

run = Run.get_context()
print("Going to sleep", flush=True)
for second in range(60):
    run.log("seconds slept", second)
    time.sleep(1)
print("Slept enough")
