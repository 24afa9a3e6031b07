"""`localtrack.install_as_azureml()` and `%load_ext localtrack`: here and in every process that is started."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import localtrack
from localtrack.core import Workspace
from localtrack.paths import dropin_folder

CHECKOUT = str(Path(localtrack.__file__).parents[1])


@pytest.fixture
def run_program(tmp_path):
    """Run a program that has localtrack and no azureml, and return what it printed."""

    def run(code, path=CHECKOUT):
        program = tmp_path / "program.py"
        program.write_text(dedent(code))
        done = subprocess.run(
            [sys.executable, "-W", "error", program],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path, "LOCALTRACK_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_every_process_means_the_same(run_program, tmp_path) -> None:
    # Not in the program: a worker imports that again, and with it the call that it is to do without.
    (tmp_path / "work.py").write_text(
        dedent("""
            def check(_=None):
                import azureml.core
                from azureml.core.run import Run
                from azureml.exceptions import AzureMLException
                from azureml.train.hyperdrive import choice

                import localtrack.core.run
                import localtrack.train.hyperdrive

                assert azureml is localtrack and azureml.core is localtrack.core
                assert Run is localtrack.core.Run is azureml.core.Run
                assert choice is localtrack.train.hyperdrive.choice
                return Run, AzureMLException
        """)
    )
    printed = run_program(
        """
        import localtrack

        if __name__ == "__main__":
            localtrack.install_as_azureml()

            import multiprocessing
            import subprocess
            import sys

            import joblib

            import work

            expected = work.check()
            for method in ("spawn", "forkserver", "fork"):
                with multiprocessing.get_context(method).Pool(1) as pool:
                    assert pool.apply(work.check) == expected, method
            assert joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(work.check)() for _ in range(2)) == [
                expected, expected
            ]
            for options in ((), ("-c", "import work; work.check(); print('inner')")):
                subprocess.run([sys.executable, *options], input="import azureml.core", text=True, check=True)
            print("all")
        """
    )
    assert printed.split() == ["inner", "all"]


def test_again_changes_nothing(run_program) -> None:
    run_program(f"""
        import os
        import sys
        import localtrack

        folder = {dropin_folder()!r}
        before = os.environ["PYTHONPATH"], list(sys.path)
        for _ in range(3):
            localtrack.install_as_azureml()
        assert os.environ["PYTHONPATH"].split(os.pathsep) == [folder, before[0]]
        assert sys.path == [before[1][0], folder, *before[1][1:]]
        assert len([each for each in sys.meta_path if type(each).__module__ == "localtrack.dropin"]) == 1

        os.environ["PYTHONPATH"] = os.pathsep.join(["/elsewhere", folder])
        localtrack.install_as_azureml()
        assert os.environ["PYTHONPATH"] == os.pathsep.join([folder, "/elsewhere"])
        del os.environ["PYTHONPATH"]
        localtrack.install_as_azureml()
        assert os.environ["PYTHONPATH"] == folder
    """)


def test_all_ways_give_the_same_modules(run_program) -> None:
    run_program(
        """
        import azureml.core

        import localtrack
        import localtrack.dropin

        before = azureml.core.Run
        localtrack.dropin.install()
        localtrack.install_as_azureml()
        localtrack.load_ipython_extension(None)
        from azureml.core.run import Run
        assert azureml is localtrack and Run is before is localtrack.Run
        """,
        os.pathsep.join([dropin_folder(), CHECKOUT]),
    )


def test_it_is_refused_where_another_sdk_is_in_use(run_program, tmp_path) -> None:
    (tmp_path / "azureml").mkdir()
    (tmp_path / "azureml" / "__init__.py").write_text("")
    (tmp_path / "azureml" / "core.py").write_text("")

    message = run_program(
        """
        import os
        import sys
        import azureml.core
        import localtrack
        from localtrack.exceptions import UserErrorException

        before = list(sys.path), list(sys.meta_path), dict(os.environ), azureml
        try:
            localtrack.install_as_azureml()
        except UserErrorException as error:
            print(error)
        assert (sys.path, sys.meta_path, os.environ, sys.modules["azureml"]) == before
        """
    )
    assert "because another azureml.core is already imported" in message
    assert "Call localtrack.install_as_azureml() before anything imports azureml" in message


def test_a_program_that_tracks_nothing_loads_no_database(run_program) -> None:
    loaded = run_program("import localtrack, sys; localtrack.install_as_azureml(); print(*sys.modules)")
    assert not {"sqlite3", "sqlite_utils", "yaml", "knack", "localtrack.store"}.intersection(loaded.split())


def test_a_notebook_that_loads_the_extension_tracks(notebook, workspace: Workspace) -> None:
    printed = notebook(
        "%load_ext localtrack",
        """
        from azureml.core import Run, Workspace
        run = Run.get_context()
        for epoch in range(3):
            run.log("loss", 1 / (epoch + 1), description="loss")
        print(type(run).__name__, run.experiment.workspace.name, run.get_metrics()["loss"][0])
        """,
        "!{__import__('sys').executable} -c 'import azureml.core; print(azureml.core.__name__)'",
        "%reload_ext localtrack",
        "assert Run.get_context() is run",
    )
    assert printed[1] == "_OfflineRun test 1.0\n"
    assert printed[2].strip() == "localtrack.core"
    (run,) = [run for each in workspace.experiments.values() for run in each.get_runs()]
    assert run.id.startswith("OfflineRun_") and run.get_status() == "Completed"
    assert run.get_metrics() == {"loss": [1.0, 0.5, 1 / 3]}
