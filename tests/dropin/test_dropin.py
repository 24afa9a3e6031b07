"""The name `azureml` in scripts: each test runs a real script in a process of its own."""

import os
import subprocess
import sys
import venv
from pathlib import Path
from textwrap import dedent

import pytest

import localtrack
from localtrack.paths import dropin_folder

CHECKOUT = str(Path(localtrack.__file__).parents[1])
SCRIPT_PATH = (dropin_folder(), CHECKOUT)

PKGUTIL_PACKAGE = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"

# What setuptools writes for each of a distribution's `namespace_packages`: it runs at the start of every
# interpreter, before any script, and leaves an empty module of that name behind.
NAMESPACE_HOOK = (
    "import sys, types, os, importlib.util, importlib.machinery; "
    "p = os.path.join(sys._getframe(1).f_locals['sitedir'], 'azureml'); "
    "m = sys.modules.setdefault('azureml', importlib.util.module_from_spec("
    "importlib.machinery.PathFinder.find_spec('azureml', [os.path.dirname(p)]))); "
    "mp = m.__dict__.setdefault('__path__', []); "
    "(p not in mp) and mp.append(p)\n"
)


@pytest.fixture
def run_script(tmp_path):
    def run(code, *options, python=sys.executable, path=SCRIPT_PATH):
        script = tmp_path / "script.py"
        script.write_text(dedent(code))
        done = subprocess.run(
            [python, "-W", "error", *options, script],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def other_python(tmp_path):
    """An interpreter with a site-packages of its own, for a real SDK to be installed in."""
    venv.create(tmp_path / "venv", symlinks=True)
    return next((tmp_path / "venv").glob("*/python"))


def install_real_sdk(python, kind):
    site_packages = next(python.parents[1].glob("[Ll]ib/**/site-packages"))
    for package in ("azureml/exceptions", "azureml/opendatasets"):
        (site_packages / package).mkdir(parents=True)
        (site_packages / package / "__init__.py").write_text("REAL = True\n")
    if kind == "package":
        (site_packages / "azureml" / "__init__.py").write_text(PKGUTIL_PACKAGE)
    if kind == "namespace hook":
        (site_packages / "azureml_core-1.0-py3.11-nspkg.pth").write_text(NAMESPACE_HOOK)


def test_azureml_modules_are_those_of_localtrack(run_script):
    run_script("""
        import azureml
        import azureml.exceptions
        from azureml import exceptions as by_from

        import localtrack
        import localtrack.exceptions

        assert azureml is localtrack
        assert azureml.exceptions is localtrack.exceptions is by_from
        try:
            raise localtrack.exceptions.WorkspaceException("gone")
        except azureml.exceptions.AzureMLException:
            pass
    """)


def test_core_is_the_core_of_localtrack(run_script):
    run_script("""
        import azureml.core
        from azureml.core import Experiment, Run, ScriptRunConfig, Workspace
        from azureml.core.run import Run as RunOfModule

        import localtrack.core.run

        assert azureml.core is localtrack.core
        assert azureml.core.run is localtrack.core.run
        assert Run is RunOfModule is localtrack.core.Run
        assert (Experiment, ScriptRunConfig, Workspace) == (
            localtrack.core.Experiment, localtrack.core.ScriptRunConfig, localtrack.core.Workspace
        )
    """)


def test_azureml_imports_nothing_that_the_script_did_not_ask_for(run_script):
    loaded = run_script("""
        import sys
        import azureml
        print(*sorted(name for name in sys.modules if name.startswith(("azureml", "localtrack"))))
    """)

    assert loaded.split() == ["azureml", "localtrack", "localtrack.dropin"]


def test_pickles_hold_across_both_names(run_script):
    run_script("""
        import pickle
        import cloudpickle

        from azureml.exceptions import ActivityFailedException
        import localtrack.exceptions

        assert ActivityFailedException.__module__ == "localtrack.exceptions"
        for module in (pickle, cloudpickle):
            copy = module.loads(module.dumps(ActivityFailedException({"code": 1})))
            assert type(copy) is localtrack.exceptions.ActivityFailedException
            assert copy.error_details == {"code": 1}

        def catch():
            import azureml.exceptions
            return azureml.exceptions.AzureMLException

        assert cloudpickle.loads(cloudpickle.dumps(catch))() is localtrack.exceptions.AzureMLException
        assert cloudpickle.loads(cloudpickle.dumps(localtrack.exceptions)) is localtrack.exceptions
    """)


def test_find_spec_finds_modules_and_packages(run_script):
    run_script("""
        from importlib.util import find_spec

        spec = find_spec("azureml.exceptions")
        assert spec.name == "azureml.exceptions"
        assert spec.origin.endswith("exceptions.py")
        assert spec.submodule_search_locations is None

        package = find_spec("azureml.store")
        same = find_spec("localtrack.store")
        assert package.name == "azureml.store"
        assert package.origin == same.origin
        assert list(package.submodule_search_locations) == list(same.submodule_search_locations)

        import localtrack
        assert find_spec("azureml").origin == localtrack.__file__
    """)


def test_find_spec_finds_azureml_core_run(run_script):
    # The very call by which transformers decides whether to report to Azure ML.
    run_script("""
        from importlib.util import find_spec

        assert find_spec("azureml") is not None
        assert find_spec("azureml.core").submodule_search_locations
        spec = find_spec("azureml.core.run")
        assert spec.name == "azureml.core.run"
        assert spec.origin.endswith("run.py")
    """)


def test_modules_keep_their_own_spec(run_script):
    run_script("""
        import importlib
        import inspect

        import azureml.exceptions
        import localtrack.exceptions

        assert azureml.exceptions.__spec__.name == azureml.exceptions.__name__ == "localtrack.exceptions"
        assert azureml.exceptions.__spec__.loader is azureml.exceptions.__loader__
        assert "class AzureMLException" in inspect.getsource(azureml.exceptions)
        assert importlib.reload(azureml.exceptions) is localtrack.exceptions
    """)


@pytest.mark.parametrize("name", ["azureml.opendatasets.weather", "azureml.opendatasets"])
def test_a_module_that_localtrack_lacks_is_named(run_script, name):
    message = run_script(f"""
        try:
            import {name}
        except ModuleNotFoundError as error:
            assert error.name == "azureml.opendatasets"
            print(error)
    """)

    assert message.startswith(
        "No module named 'azureml.opendatasets': azureml is localtrack here, which has no module "
        "'localtrack.opendatasets'."
    )


def test_spawned_workers_have_it(run_script):
    run_script("""
        import multiprocessing

        from azureml.exceptions import ActivityFailedException

        def work(error):
            import azureml.exceptions
            assert type(error) is azureml.exceptions.ActivityFailedException
            return azureml.exceptions.UserErrorException(error.error_details)

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                error = pool.apply(work, (ActivityFailedException("sent"),))
            import localtrack.exceptions
            assert type(error) is localtrack.exceptions.UserErrorException
            assert error.message == "sent"
    """)


def test_loky_workers_have_it(run_script):
    pytest.importorskip("joblib")
    run_script("""
        from joblib import Parallel, delayed

        from azureml.exceptions import ActivityFailedException

        def work(error):
            import azureml.exceptions
            assert type(error) is azureml.exceptions.ActivityFailedException
            return azureml.exceptions.UserErrorException(error.error_details)

        errors = Parallel(n_jobs=2, backend="loky")(
            delayed(work)(ActivityFailedException(text)) for text in ("one", "two")
        )
        import localtrack.exceptions
        assert {type(error) for error in errors} == {localtrack.exceptions.UserErrorException}
        assert [error.message for error in errors] == ["one", "two"]
    """)


def test_subprocesses_have_it(run_script):
    printed = run_script("""
        import subprocess
        import sys
        code = "import azureml.exceptions; print(azureml.exceptions.__name__)"
        subprocess.run([sys.executable, "-c", code], check=True)
    """)

    assert printed.split() == ["localtrack.exceptions"]


@pytest.mark.parametrize("kind", ["package", "namespace"])
def test_an_installed_sdk_loses(run_script, other_python, kind):
    install_real_sdk(other_python, kind)
    code = """
        import multiprocessing

        def check():
            import azureml.exceptions
            import localtrack.exceptions
            assert azureml.exceptions is localtrack.exceptions
            try:
                import azureml.opendatasets
            except ModuleNotFoundError:
                return "localtrack"

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(check(), pool.apply(check))
    """

    assert run_script(code, python=other_python).split() == ["localtrack", "localtrack"]
    run_script("import azureml.opendatasets; assert azureml.opendatasets.REAL", python=other_python, path=())


def test_install_replaces_what_a_namespace_hook_left(run_script, other_python):
    install_real_sdk(other_python, "namespace hook")

    run_script(
        """
        import sys
        assert "azureml" in sys.modules

        import localtrack.dropin
        localtrack.dropin.install()

        import azureml.exceptions
        import localtrack.exceptions
        assert azureml is localtrack
        assert azureml.exceptions is localtrack.exceptions
        """,
        python=other_python,
    )


@pytest.mark.parametrize("kind", ["package", "namespace", "namespace hook"])
def test_install_refuses_when_another_sdk_is_in_use(run_script, other_python, kind):
    install_real_sdk(other_python, kind)

    message = run_script(
        """
        import sys
        import azureml.exceptions

        import localtrack.dropin
        from localtrack.exceptions import UserErrorException

        before = list(sys.meta_path), sys.modules["azureml"]
        try:
            localtrack.dropin.install()
        except UserErrorException as error:
            print(error)
        assert (sys.meta_path, sys.modules["azureml"]) == before
        assert azureml.exceptions.REAL
        """,
        python=other_python,
        path=(CHECKOUT,),
    )

    assert "another azureml.exceptions is already imported" in message
    assert "Call localtrack.install_as_azureml() before" in message


def test_install_refuses_a_module_named_azureml(run_script, tmp_path):
    (tmp_path / "azureml.py").write_text("")

    message = run_script("""
        import azureml
        import localtrack.dropin
        from localtrack.exceptions import UserErrorException
        try:
            localtrack.dropin.install()
        except UserErrorException as error:
            print(error)
    """)

    assert "another azureml is already imported" in message


def test_install_again_changes_nothing(run_script):
    run_script("""
        import sys
        import azureml.exceptions
        import localtrack.dropin

        before = list(sys.meta_path), dict(sys.modules)
        localtrack.dropin.install()
        assert (sys.meta_path, sys.modules) == before
    """)


@pytest.mark.parametrize("decoy", [False, True])
def test_localtrack_comes_along_where_it_is_not_installed(run_script, tmp_path, decoy):
    if decoy:
        # A folder that only has the name, as a checkout beside the script does.
        (tmp_path / "localtrack").mkdir()

    run_script(
        f"""
        import azureml.exceptions
        import localtrack.exceptions
        import sys

        assert azureml is localtrack
        assert azureml.exceptions is localtrack.exceptions
        assert localtrack.__file__ == {localtrack.__file__!r}
        assert {CHECKOUT!r} not in sys.path
        """,
        "-S",
        path=(dropin_folder(),),
    )


def test_threads_get_one_module_each(run_script):
    run_script("""
        import sys
        import threading

        names = ["azureml.exceptions", "localtrack.exceptions", "azureml.values", "localtrack.values"] * 5
        import azureml
        start = threading.Barrier(len(names))
        found = {}

        def load(number, name):
            start.wait()
            __import__(name)
            found[number] = sys.modules[name]

        threads = [threading.Thread(target=load, args=item) for item in enumerate(names)]
        sys.setswitchinterval(1e-6)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        import localtrack.exceptions
        import localtrack.values
        assert len(found) == len(names)
        assert {id(module) for module in found.values()} == {id(localtrack.exceptions), id(localtrack.values)}
        assert localtrack.exceptions.__spec__.name == "localtrack.exceptions"
    """)


@pytest.mark.parametrize("statement", ["import azureml", "import azureml.exceptions"])
def test_threads_may_be_the_first_to_import_it(run_script, statement):
    run_script(f"""
        import threading

        start = threading.Barrier(8)
        found = []

        def load():
            start.wait()
            {statement}
            found.append(azureml.exceptions.AzureMLException)

        threads = [threading.Thread(target=load) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(found) == 8 and len(set(found)) == 1

        import azureml
        import localtrack
        assert azureml is localtrack
    """)
