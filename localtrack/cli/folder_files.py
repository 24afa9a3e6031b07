"""The files for a project's folder that people change and keep: what `folder attach` writes where they aren't yet."""

from __future__ import annotations

import os

from localtrack.paths import AZUREML

_HOMES = (AZUREML, "aml_config")  # the second is the SDK's older name for it

_AMLIGNORE = """\
# What is not copied into the snapshot of a run, in the form of .gitignore. Never copied are .azureml, .git, bytecode
# and tool caches, and virtual environments. If you delete this file, .gitignore counts.
/outputs/
/logs/
"""

_RUN_CONFIGURATION = """\
# How a script is run by:  localtrack run submit-script -c local train.py
# The name of a copy of this file, such as sklearn.runconfig, is what stands behind -c then: -c sklearn.

# The script, relative to the project's folder, and its arguments. Those of the command line win.
script: ""
arguments: []

# A compute target: local, or one that `localtrack computetarget create amlcompute` has made.
target: local
framework: Python
communicator: None

# The run is ended after so many seconds.
maxRunDurationSeconds: null

environment:
  name: project_environment
  python:
    # true: the script runs in the interpreter below. false: in an environment that is built with the packages of the
    # conda file below.
    userManagedDependencies: true
    # python is the interpreter that submits. Otherwise a path, or a name on the PATH.
    interpreterPath: python
    condaDependenciesFile: {conda_file}

# Environment variables of the script, such as OMP_NUM_THREADS: "1".
environmentVariables: {{}}
"""

_CONDA_FILE = """\
# The packages of the environment that is built for run configurations with userManagedDependencies: false. They are
# installed by pip, those of conda under the names that they have there.
name: project_environment
dependencies:
- python={python}
# - pip:
#   - scikit-learn==1.5.0
channels:
- anaconda
- conda-forge
"""


def write(folder: str) -> None:
    """Write the files that aren't there; those that are stay as they are.

    Args:
        folder: The project's folder.

    Raises:
        UserErrorException: One can't be written.
    """
    from localtrack.core.conda_file import PYTHON_DEFAULT_VERSION
    from localtrack.core.run_configuration_path import CONDA_FILE, SUFFIX

    if not os.path.lexists(os.path.join(folder, ".gitignore")):  # which would count no more beside an .amlignore
        _write(os.path.join(folder, ".amlignore"), _AMLIGNORE)
    if not _has(folder, CONDA_FILE):
        _write(os.path.join(folder, AZUREML, CONDA_FILE), _CONDA_FILE.format(python=PYTHON_DEFAULT_VERSION))
    if not (_has(folder, f"local{SUFFIX}") or _has(folder, "local")):
        home = next(home for home in _HOMES if os.path.lexists(os.path.join(folder, home, CONDA_FILE)))
        text = _RUN_CONFIGURATION.format(conda_file=f"{home}/{CONDA_FILE}")
        _write(os.path.join(folder, AZUREML, f"local{SUFFIX}"), text)


def _has(folder: str, name: str) -> bool:
    return any(os.path.lexists(os.path.join(folder, home, name)) for home in _HOMES)


def _write(path: str, text: str) -> None:
    from localtrack import yaml_file

    if not os.path.lexists(path):
        yaml_file.write(path, text)
