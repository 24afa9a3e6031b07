"""Submits a script for each fruit to a compute target of the workspace, and waits for them all."""

from azureml.core import Run, ScriptRunConfig

FRUITS = ("Apple", "Banana", "Orange")

run = Run.get_context()
compute_target = run.experiment.workspace.compute_targets["gpu-cluster"]
for fruit in FRUITS:
    run.log("Status", f"Launching {fruit}")
    config = ScriptRunConfig(
        source_directory=".", script="child.py", arguments=["--fruit", fruit], compute_target=compute_target
    )
    run.submit_child(config)
for child in run.get_children():
    child.wait_for_completion()
    print(f"{child.id} is {child.get_status()}")
