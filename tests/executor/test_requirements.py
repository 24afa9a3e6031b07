"""What pip is asked for, given the conda and pip lists of an environment."""

import os
import platform
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from localtrack.exceptions import RunConfigurationException
from localtrack.executor.requirements import Requirements, of_definition

THIS = f"3.{sys.version_info.minor}"


def asked(*dependencies: object) -> Requirements:
    return of_definition({"name": "mine", "python": {"condaDependencies": {"dependencies": list(dependencies)}}})


@pytest.mark.parametrize(
    ("conda", "pip"),
    [
        ("numpy", "numpy"),
        ("NumPy", "numpy"),
        ("numpy=1.26", "numpy==1.26.*"),
        ("numpy=1.26.*", "numpy==1.26.*"),
        ("numpy==1.26", "numpy==1.26"),
        ("numpy==1.26.*", "numpy==1.26.*"),
        ("numpy 1.26", "numpy==1.26"),
        ("numpy 1.26*", "numpy==1.26.*"),
        ("numpy=1.26.4=py311h64a7726_0", "numpy==1.26.4"),
        ("numpy 1.26.4 py311h64a7726_0", "numpy==1.26.4"),
        ("numpy>=1.20,<2", "numpy<2,>=1.20"),
        ("numpy >= 1.20, < 2", "numpy<2,>=1.20"),
        ("numpy>=1.20.*", "numpy>=1.20"),
        ("numpy!=1.20", "numpy!=1.20"),
        ("numpy=*", "numpy"),
        ("conda-forge::scikit-learn>=1.0", "scikit-learn>=1.0"),
        ("conda-forge/linux-64::ruamel_yaml", "ruamel.yaml"),
        ("pytorch=2.1=*cuda*", "torch==2.1"),
        ("opencv", "opencv-python"),
    ],
)
def test_conda_packages_become_requirements_of_pip(conda, pip) -> None:
    assert asked(conda).pip == (pip.replace("ruamel.yaml", "ruamel-yaml"),)


@given(
    st.from_regex(r"[a-z]([a-z0-9]{0,8}[a-z0-9])?", fullmatch=True).map(lambda name: f"x{name}x"),
    st.lists(st.integers(0, 999), min_size=1, max_size=4),
    st.integers(0, 999),
)
def test_a_fuzzy_version_takes_what_begins_with_it(name, numbers, more) -> None:
    version = ".".join(map(str, numbers))
    (pip,) = asked(f"{name}={version}").pip
    specifier = Requirement(pip).specifier
    assert f"{version}.{more}" in specifier and version in specifier
    assert f"{numbers[0] + 1}" not in specifier


def test_pip_lists_are_normalised_with_their_options() -> None:
    found = asked(
        {
            "pip": [
                "Scikit_Learn >=1 , <2",
                "six[b,a]==1.16  # why",
                "tomli; python_version < '3.11'",
                "--extra-index-url https://example.org/simple --pre",
                "-f /wheels",
                "git+https://example.org/it.git@v1#egg=it",
                "pinned==1.0 --hash=sha256:ab --hash=sha256:cd",
                "",
                "# nothing",
            ]
        }
    )
    assert found.pip == (
        "git+https://example.org/it.git@v1#egg=it",
        "pinned==1.0 --hash=sha256:ab --hash=sha256:cd",
        "scikit-learn<2,>=1",
        "six[a,b]==1.16",
        'tomli; python_version < "3.11"',
    )
    assert found.options == ("--extra-index-url=https://example.org/simple", "--pre", "--find-links=/wheels")
    assert found.notices == ()


def test_what_localtrack_stands_for_is_left_out_with_a_notice() -> None:
    found = asked("azureml-sdk", "six", {"pip": ["azureml-defaults==1.60", "azureml-core[notebooks]", "localtrack"]})
    assert found.pip == ("six",)
    assert [notice.split()[0] for notice in found.notices] == [
        "azureml-sdk",
        "azureml-defaults==1.60",
        "azureml-core[notebooks]",
        "localtrack",
    ]


def test_packages_that_pip_does_not_have_are_refused_together_by_name() -> None:
    with pytest.raises(RunConfigurationException) as error:
        asked("six", "cudatoolkit=11.3", "r-base", "_libgcc_mutex=0.1=main", "openmpi", "gcc_linux-64")
    for text in ("'mine'", "_libgcc_mutex, cudatoolkit, gcc_linux-64, openmpi, r-base", "python.interpreter_path"):
        assert text in error.value.message


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("-e .", "source_directory"),
        ("--editable=./here", "source_directory"),
        ("-r requirements.txt", "List what is in the file"),
        ("-c constraints.txt", "List what is in the file"),
        ("./here", "'--find-links /its/whole/path'"),
        ("/here/six-1.0-py3-none-any.whl", "'--find-links /its/whole/path'"),
        ("-f wheels", "the path must be a whole one"),
        ("--index-url", "needs a value"),
        ("--target /here", "there can be --index-url"),
        ("six --no-deps", "no requirement of pip's"),
        ("two words", "no requirement of pip's"),
        ("--find-links 'a", "can't be read"),
        (3, "must be a text"),
    ],
)
def test_what_pip_could_not_use_is_refused_with_the_reason(line, reason) -> None:
    with pytest.raises(RunConfigurationException, match="'mine'") as error:
        asked({"pip": [line]})
    assert repr(line) in error.value.message and reason in error.value.message


@pytest.mark.parametrize("text", ["numpy=1.0|1.1", "numpy[version='>1']", "numpy==", "", "a b c d", "numpy=what ever"])
def test_conda_packages_that_are_not_understood_are_refused(text) -> None:
    with pytest.raises(RunConfigurationException, match="conda package") as error:
        asked(text)
    assert repr(text) in error.value.message


@pytest.mark.parametrize("entry", [{"npm": []}, 3, ["six"]])
def test_dependencies_of_another_kind_are_refused(entry) -> None:
    with pytest.raises(RunConfigurationException, match="among its dependencies"):
        asked(entry)


@pytest.mark.parametrize("text", [f"python={THIS}", f"python={THIS}.*", "python>=3.8", "python"])
def test_a_python_that_fits_is_this_one(text) -> None:
    assert asked(text) == Requirements()


def test_another_python_is_asked_for_by_its_version() -> None:
    other = "3.12" if THIS != "3.12" else "3.13"
    assert asked(f"python={other}").python == other
    assert asked(f"python={other}").digest != asked().digest


def test_the_last_number_of_a_python_version_is_only_worth_a_notice() -> None:
    patch = "0" if platform.python_version() != f"{THIS}.0" else "1"
    found = asked(f"python={THIS}.{patch}")
    assert found.python is None and platform.python_version() in found.notices[0]


@pytest.mark.parametrize("text", ["python=3.6.2", "python=3.8", "python<3.11"])
def test_a_python_that_localtrack_does_not_run_in_is_refused(text) -> None:
    with pytest.raises(RunConfigurationException, match=r"needs 3\.11 or newer"):
        asked(text)


def test_the_same_requirements_have_the_same_digest_in_every_process() -> None:
    program = (
        "from localtrack.executor.requirements import of_definition as of\n"
        "document = {'dependencies': [{'pip': ['b', 'A>1,<2', 'b']}, 'c=1']}\n"
        "print(of({'name': 'other', 'python': {'condaDependencies': document}}).digest)"
    )
    variables = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == asked("c=1.*", {"pip": ["a<2,>1", "B"]}).digest


def test_an_environment_without_a_list_needs_nothing() -> None:
    assert of_definition({"name": "mine", "python": {"condaDependencies": None}}) == Requirements()
    assert of_definition({}) == Requirements()
