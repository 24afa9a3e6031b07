"""Programs that were written for the SDK, unchanged: the calls that its sample notebooks and integrations make."""

from pathlib import Path

from localtrack.core import Workspace


def test_a_notebook_logs_all_kinds_of_values(notebook, workspace: Workspace) -> None:
    printed = notebook(
        """
        import azureml.core
        import numpy as np
        from azureml.core import Experiment, Run, Workspace
        print(azureml.core.VERSION.split("+")[0])
        ws = Workspace.from_config()
        print(ws.name, ws.location, ws.subscription_id, ws.resource_group)
        """,
        """
        experiment = Experiment(workspace=ws, name="curves")
        run = experiment.start_logging()
        run.log(name="colour", value="blue")
        run.log(name="factor", value=3)
        run.log_list(name="squares", value=(3 * i * i for i in [0, 1, 2]))
        waves = {"x": [], "sin": []}
        for x in np.linspace(0, 1, 3):
            run.log(name="exp", value=np.exp(x))
            run.log_row(name="cos", x=x, cos=np.cos(x))
            waves["x"].append(x)
            waves["sin"].append(np.sin(x))
        run.log_table(name="sin", value=waves)
        for _ in range(200):
            run.log_row("wide", "a row of many columns", **{f"column {i}": i for i in range(15)})
        run
        """,
        """
        %matplotlib inline
        import matplotlib.pyplot as plt
        plt.plot(waves["x"], waves["sin"])
        run.log_image(name="A Plot", plot=plt)
        """,
        """
        import os
        os.mkdir("notes")
        with open("notes/note.txt", "w") as file:
            file.write("kept")
        run.upload_file(name=os.path.join("notes", "note.txt"), path_or_stream="notes/note.txt")
        run.complete()
        """,
        """
        again = Run(experiment, run.id)
        metrics = again.get_metrics()
        print(metrics["colour"], metrics["squares"], len(metrics["wide"]["column 7"]), metrics["sin"]["x"])
        print(again.get_metrics(name="factor"), list(metrics["cos"]))
        for name in again.get_file_names():
            again.download_file(name, os.path.join("copies", name.split("/")[-1]))
        again.tag("favourite")
        again.tag("rank", 1)
        print(again.get_tags(), sorted(os.listdir("copies"))[1:])
        """,
        unchanged=True,
    )
    assert printed[0] == "1.61.0\ntest local 00000000-0000-0000-0000-000000000000 local\n"
    assert printed[-1].splitlines() == [
        "blue [0, 3, 12] 200 [0.0, 0.5, 1.0]",
        "{'factor': 3} ['x', 'cos']",
        "{'favourite': None, 'rank': '1'} ['note.txt']",
    ]


def test_a_notebook_manages_runs(notebook, workspace: Workspace) -> None:
    Path("hello.py").write_text(
        "from azureml.core import Run\nRun.get_context().log(name='message', value='from the script')\n"
    )
    Path("family.py").write_text(
        "from azureml.core import Run\n"
        "for number, child in enumerate(Run.get_context().create_children(count=3)):\n"
        "    child.log('number', number)\n"
        "    child.complete()\n"
    )
    Path("slow.py").write_text("import time\ntime.sleep(600)\n")
    printed = notebook(
        """
        from azureml.core import Experiment, ScriptRunConfig, Workspace
        ws = Workspace.from_config()
        exp = Experiment(workspace=ws, name="manage")
        with exp.start_logging() as run:
            run.log(name="message", value="from the notebook")
            status = run.get_status()
        print(status, run.get_status(), run.get_details()["status"])
        """,
        "%%writefile .amlignore\n/outputs\n",
        """
        run = exp.submit(ScriptRunConfig(source_directory=".", script="hello.py"))
        run.get_details_with_logs()
        run.wait_for_completion(show_output=True)
        """,
        """
        run.add_properties({"author": "me"})
        try:
            run.add_properties({"author": "you"})
        except Exception as error:
            print("refused:", run.get_properties()["author"])
        run.tag("quality", "good")
        run.tag("quality", "better")
        run.tag("worth another look")
        for found in (
            exp.get_runs(properties={"author": "me"}, tags={"quality": "better"}),
            exp.get_runs(properties={"author": "me"}, tags="worth another look"),
        ):
            print([each.id == run.id for each in found], run.get_metrics())
        """,
        """
        family = exp.submit(ScriptRunConfig(source_directory=".", script="family.py"))
        family.wait_for_completion()
        with exp.start_logging() as parent:
            for number in range(2):
                with parent.child_run() as child:
                    child.log("number", number)
        print(len(list(family.get_children())), len(list(parent.get_children())))
        """,
        """
        slow = exp.submit(ScriptRunConfig(source_directory=".", script="slow.py"))
        slow.cancel()
        print(slow.get_status())
        failed = exp.submit(ScriptRunConfig(source_directory=".", script="slow.py"))
        failed.fail()
        print(failed.get_status())
        import os
        print(os.path.relpath(failed.restore_snapshot(path="snapshots")).endswith(".zip"))
        failed.cancel()
        """,
        unchanged=True,
    )
    assert printed[0] == "Running Completed Completed\n"
    assert "Execution Summary" in printed[2]
    assert printed[3].splitlines() == ["refused: me", *["[True] {'message': 'from the script'}"] * 2]
    assert printed[4] == "3 2\n"
    assert printed[5] == "Canceled\nFailed\nTrue\n"


def test_a_callback_of_a_trainer_finds_its_run(run_python, workspace: Workspace) -> None:
    # As the integrations of training libraries do: look whether there is the SDK, ask for the run once, log whatever
    # number comes, with its name as the description.
    printed = run_python(
        """
        import importlib.util

        class Callback:
            def __init__(self):
                if not all(importlib.util.find_spec(name) for name in ("azureml", "azureml.core", "azureml.core.run")):
                    raise RuntimeError("needs azureml")
                self.run = None

            def on_start(self):
                from azureml.core.run import Run
                if self.run is None:
                    self.run = Run.get_context()

            def on_log(self, logs):
                for name, value in logs.items():
                    if isinstance(value, (int, float)):
                        self.run.log(name, value, description=name)

        import localtrack
        localtrack.install_as_azureml()
        callback = Callback()
        callback.on_start()
        for epoch in range(3):
            callback.on_log({"loss": 1 / (epoch + 1), "epoch": epoch, "note": "text"})
        print(callback.run.get_metrics())
        """
    )
    assert "{'loss': [1.0, 0.5, 0.3333333333333333], 'epoch': [0, 1, 2]}" in printed


def test_a_script_compares_models_by_its_parents_metrics(run_python, workspace: Workspace) -> None:
    Path("evaluate.py").write_text(
        "from azureml.core import Dataset, Experiment, Run, Workspace\n"
        "from azureml.core.model import Model as AMLModel\n"
        "run = Run.get_context()\n"
        "ws = run.experiment.workspace\n"
        "models = AMLModel.list(ws, name='m.pkl', tags=[['experiment_name', run.experiment.name]], latest=True)\n"
        "new = float(run.parent.get_metrics().get('mse'))\n"
        "if models and new >= float(models[0].tags['mse']):\n"
        "    run.parent.cancel()\n"
        "print(len(models), run.parent.get_tags())\n"
    )
    printed = run_python(
        """
        import localtrack
        localtrack.install_as_azureml()
        from azureml.core import Experiment, Model, ScriptRunConfig, Workspace
        from azureml.core.authentication import ServicePrincipalAuthentication

        ws = Workspace.from_config(auth=ServicePrincipalAuthentication("tenant", "id", "password"))
        with open("m.pkl", "w") as file:
            file.write("x")
        Model.register(ws, "m.pkl", "m.pkl", tags={"experiment_name": "train", "mse": 20})
        for mse in (10, 30):
            parent = Experiment(ws, "train").start_logging(tags={"BuildId": "7"})
            parent.log("mse", mse)
            child = parent.submit_child(ScriptRunConfig(".", "evaluate.py"))
            child.wait_for_completion()
            print(parent.get_status(), child.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"])
            if mse == 10:
                parent.complete()
        """
    )
    assert printed.split("\n")[:3:2] == ["Running 1 {'BuildId': '7'}", "Canceled 1 {'BuildId': '7'}"]
