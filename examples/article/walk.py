"""Walks through "Start, monitor, and track run history", the article of the Azure ML SDK v1, from top to bottom.

    python walk.py [FOLDER]

The project is FOLDER, where the runs stay; without it, a temporary folder that is removed at the end. All that follows
is written for azureml.core, which is localtrack here.
"""

import os
import subprocess
import sys
import tempfile

import localtrack.dropin

localtrack.dropin.install()

import azureml.core  # noqa: E402
from azureml.core import Experiment, ScriptRunConfig, Workspace  # noqa: E402
from azureml.core.compute import AmlCompute, ComputeTarget  # noqa: E402

SCRIPTS = os.path.dirname(os.path.abspath(__file__))


def main():
    if len(sys.argv) > 1:
        os.makedirs(sys.argv[1], exist_ok=True)
        walk(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory(prefix="localtrack-article-", ignore_cleanup_errors=True) as folder:
            walk(folder)
            os.chdir(SCRIPTS)  # out of the folder that goes now


def walk(folder):
    os.chdir(folder)  # a workspace is made in the working folder
    print(f"azureml.core {azureml.core.VERSION}")
    Workspace.create(name="article", exist_ok=True)
    ws = Workspace.from_config()
    exp = Experiment(workspace=ws, name="explore-runs")
    monitor(exp)
    run = tag(exp)
    find(exp, run)
    cancel(exp)
    fail(exp)
    children(exp)
    submitted_children(ws, exp)
    command_line(run)


def monitor(exp):
    title("Monitor run performance")
    notebook_run = exp.start_logging()
    notebook_run.log(name="message", value="Hello from run!")
    print("A run that was started is", notebook_run.get_status())
    details = notebook_run.get_details()
    print("Its details:", ", ".join(sorted(details)))
    notebook_run.complete()
    print("After complete() it is", notebook_run.get_status())

    with exp.start_logging() as notebook_run:
        notebook_run.log(name="message", value="Hello from run!")
        print("Inside of its block it is", notebook_run.get_status())
    print("Behind the block it is", notebook_run.get_status())

    local_run = submit(exp, "hello.py")
    local_run.wait_for_completion(show_output=True)
    print("The script has logged", local_run.get_metrics())


def tag(exp):
    title("Tag runs")
    local_run = submit(exp, "hello.py")
    local_run.wait_for_completion()
    local_run.add_properties({"author": "azureml-user"})
    print("author =", local_run.get_properties()["author"])
    try:
        local_run.add_properties({"author": "different-user"})
    except Exception as error:  # noqa: BLE001  as the article has it
        print("A property stays:", error)
    local_run.tag("quality", "great run")
    print("Tags:", local_run.get_tags())
    local_run.tag("quality", "fantastic run")
    local_run.tag("worth another look")
    print("Tags can change:", local_run.get_tags())
    return local_run


def find(exp, run):
    title("Find runs")
    by_value = list(exp.get_runs(properties={"author": "azureml-user"}, tags={"quality": "fantastic run"}))
    print("By a tag's value:", found(by_value, run))
    by_name = list(exp.get_runs(properties={"author": "azureml-user"}, tags="worth another look"))
    print("By a tag's name:", found(by_name, run))


def cancel(exp):
    title("Cancel a run")
    local_run = submit(exp, "hello_with_delay.py")
    print("A script that takes long is not over:", local_run.get_status() not in ("Completed", "Failed", "Canceled"))
    local_run.cancel()
    print("After cancel() it is", local_run.get_status())


def fail(exp):
    title("Fail a run")
    local_run = submit(exp, "hello.py")
    local_run.wait_for_completion()
    local_run.fail("It was the wrong script.")
    print("A run that had completed is", local_run.get_status())
    print("Because:", local_run.get_details()["error"]["error"]["message"])


def children(exp):
    title("Create child runs")
    local_run = submit(exp, "hello_with_children.py")
    local_run.wait_for_completion(show_output=True)
    print("The script is", local_run.get_status(), "and has", len(list(local_run.get_children())), "children")

    with exp.start_logging() as parent_run:
        for number in range(5):
            with parent_run.child_run() as child:
                child.log(name="Hello from child run", value=number)
        for child in parent_run.create_children(count=3):
            child.complete()
    print("A run of this process has", len(list(parent_run.get_children())), "children")


def submitted_children(ws, exp):
    title("Submit child runs")
    configuration = AmlCompute.provisioning_configuration(vm_size="STANDARD_NC6", max_nodes=2)
    ComputeTarget.create(ws, "gpu-cluster", configuration).wait_for_completion(show_output=True)
    parent_run = submit(exp, "parent.py")
    parent_run.wait_for_completion()
    for child in sorted(parent_run.get_children(recursive=True), key=lambda child: child.number):
        target = child.get_details()["target"]
        print(
            f"On {target}: {child.get_metrics()['fruit']}, {child.get_status()}; of this parent:", of(child, parent_run)
        )
    metrics = parent_run.get_metrics()
    print("The parent has logged", ", ".join(metrics["Status"]))
    print("Its children have logged to it:", len(metrics["MyMetric"]), "values")


def command_line(run):
    title("On the command line")
    commands = (
        ["run", "show", "-r", run.id, "--query", "status", "-o", "tsv"],
        ["run", "list", "-e", "explore-runs", "--query", "[?tags.quality=='fantastic run'].status", "-o", "tsv"],
    )
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "localtrack", *command], check=True, stdout=subprocess.PIPE, text=True
        )
        print(f"localtrack {' '.join(command).replace(run.id, 'ID')}\n  {done.stdout.strip()}")


def submit(exp, script):
    return exp.submit(ScriptRunConfig(source_directory=SCRIPTS, script=script))


def found(runs, wanted):
    return "the run is found" if wanted.id in [run.id for run in runs] else "the run is missing"


def of(child, parent):
    return child.parent.id == parent.id


def title(text):
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


if __name__ == "__main__":
    main()
