"""The lists of packages: changed by calls, written as conda files, read from what people write."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localtrack import yaml_file
from localtrack.core import CondaDependencies, Environment
from localtrack.exceptions import RunConfigurationException, UserErrorException

THIS_PYTHON = f"python={sys.version_info.major}.{sys.version_info.minor}"


def written(text: str) -> str:
    Path("conda.yml").write_text(text)
    return "conda.yml"


def test_new_dependencies_have_this_python_and_nothing_of_the_sdk() -> None:
    assert CondaDependencies().as_dict() == {
        "name": "project_environment",
        "dependencies": [THIS_PYTHON],
        "channels": ["anaconda", "conda-forge"],
    }
    assert CondaDependencies.create().pip_packages == []


def test_packages_that_are_asked_for_are_there() -> None:
    packages = CondaDependencies.create(
        pip_indexurl="https://pypi.example.com/simple",
        pip_packages=["azureml-defaults", "azureml-sdk[notebooks]", "azureml-core==1.50.0", "pandas>=2"],
        conda_packages=["numpy=1.26", "conda-forge::scipy"],
        python_version="3.12",
    )
    assert packages.conda_packages == ["python=3.12", "numpy=1.26", "conda-forge::scipy"]
    assert packages.pip_packages == [
        "azureml-defaults~=1.61.0",
        "azureml-sdk[notebooks]~=1.61.0",
        "azureml-core==1.50.0",
        "pandas>=2",
    ]
    assert packages.pip_options == ["--index-url https://pypi.example.com/simple"]
    assert packages.get_python_version() == "3.12"
    unpinned = CondaDependencies.create(pip_packages=["azureml-defaults"], pin_sdk_version=False)
    assert unpinned.pip_packages == ["azureml-defaults"]


def test_another_version_of_a_package_takes_the_place_of_the_first() -> None:
    packages = CondaDependencies()
    for each in ("scikit-learn", "Scikit_Learn[extra]==1.5"):
        packages.add_pip_package(each)
    for each in ("numpy", "conda-forge::numpy>=1.26", "numpy 1.26"):
        packages.add_conda_package(each)
    assert packages.pip_packages == ["Scikit_Learn[extra]==1.5"]
    assert packages.conda_packages == [THIS_PYTHON, "numpy 1.26"]
    packages.remove_pip_package("scikit.learn")
    packages.remove_conda_package("NumPy")
    packages.remove_conda_package("never-there")
    assert (packages.pip_packages, packages.conda_packages) == ([], [THIS_PYTHON])


def test_packages_from_addresses_are_told_apart() -> None:
    packages = CondaDependencies()
    addresses = [
        "git+https://git.example.com/a.git",
        "git+https://git.example.com/b.git#egg=b",
        "c @ https://e.com/c.zip",
    ]
    for each in addresses:
        packages.add_pip_package(each)
    assert packages.pip_packages == addresses
    packages.remove_pip_package("b")
    packages.add_pip_package("c==2")
    assert packages.pip_packages == [addresses[0], "c==2"]


def test_python_has_one_version() -> None:
    packages = CondaDependencies()
    packages.add_conda_package("python-dateutil")
    packages.set_python_version("3.13")
    assert packages.conda_packages == ["python=3.13", "python-dateutil"]
    packages.remove_conda_package("python")
    assert packages.get_python_version() is None
    packages.set_python_version("3.12.*")
    assert packages.conda_packages == ["python=3.12.*", "python-dateutil"]
    with pytest.raises(UserErrorException, match=r"a text such as '3\.12', not 3\.1"):
        packages.set_python_version(3.10)  # type: ignore[arg-type]


def test_options_of_pip_stand_before_packages_and_the_index_is_one() -> None:
    packages = CondaDependencies.create(pip_packages=["pandas"])
    packages.set_pip_option("--extra-index-url https://one.example.com")
    packages.set_pip_option("--extra-index-url https://two.example.com")
    packages.set_pip_option("-i https://old.example.com")
    packages.set_pip_index_url("https://new.example.com")
    assert sorted(packages.pip_options) == [
        "--extra-index-url https://one.example.com",
        "--extra-index-url https://two.example.com",
        "--index-url https://new.example.com",
    ]
    assert packages.as_dict()["dependencies"][-1]["pip"][-1] == "pandas"
    packages.remove_pip_option("--extra-index-url https://one.example.com")
    packages.remove_pip_option("--index-url")
    assert packages.pip_options == ["--extra-index-url https://two.example.com"]


def test_lists_that_are_returned_are_copies() -> None:
    packages = CondaDependencies.create(pip_packages=["a"], conda_packages=["b"])
    for copied in (packages.conda_channels, packages.conda_packages, packages.pip_packages, packages.pip_options):
        copied.append("x")
    packages.as_dict()["dependencies"].append("x")
    assert "x" not in packages.serialize_to_string()


def test_requirements_of_one_package_become_one() -> None:
    merged = CondaDependencies.merge_requirements(
        [
            "numpy>=1",
            "Foo_Bar[a]",
            "foo.bar[b, a] <3, >1",
            "numpy>=1",
            "x==1; os_name=='nt'",
            "x==2",
            "y @ https://e.com/y",
        ]
    )
    assert merged == ["numpy>=1", "Foo_Bar[a,b]<3,>1", "x==1; os_name=='nt'", "x==2", "y @ https://e.com/y"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda packages: packages.add_pip_package("--pre"),
        lambda packages: packages.add_pip_package(""),
        lambda packages: packages.add_pip_package("a\nb"),
        lambda packages: packages.add_conda_package(3),
        lambda packages: packages.set_pip_option("pandas"),
        lambda packages: packages.set_pip_requirements("pandas"),
        lambda packages: packages.set_pip_requirements(["pandas", None]),
        lambda packages: packages.add_channel(""),
        lambda packages: packages.add_tensorflow_pip_package("tpu"),
        lambda packages: packages.save("no/such/folder/conda.yml"),
        lambda packages: CondaDependencies.create(pip_packages="pandas"),
        lambda packages: CondaDependencies("missing.yml"),
    ],
)
def test_what_means_nothing_is_refused_and_changes_nothing(wrong) -> None:
    packages = CondaDependencies.create(pip_packages=["kept"])
    before = packages.as_dict()
    with pytest.raises(UserErrorException):
        wrong(packages)
    assert packages.as_dict() == before
    assert list(Path().iterdir()) == []


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)


def test_a_conda_file_is_read_and_written_with_what_is_not_known() -> None:
    text = "name: mine\nprefix: /opt/x\nvariables: {A: no}\nchannels: [defaults]\ndependencies:\n- pip\n- pip: [a]\n"
    packages = CondaDependencies(written(text))
    assert (packages.conda_packages, packages.pip_packages) == (["pip"], ["a"])
    packages.add_conda_package("numpy")
    assert packages.save("other.yml") == "other.yml"
    assert CondaDependencies("other.yml").as_dict() == {
        "name": "mine",
        "prefix": "/opt/x",
        "variables": {"A": "no"},
        "channels": ["defaults"],
        "dependencies": ["pip", "numpy", {"pip": ["a"]}],
    }


def test_a_file_is_saved_where_the_sdk_saves_it() -> None:
    Path("folder").mkdir()
    packages = CondaDependencies()
    assert packages.save() == "conda_dependencies.yml"
    assert packages.save("folder") == "folder/conda_dependencies.yml"
    assert packages.save_to_file("folder") == "folder/conda_dependencies.yml"
    assert packages.save_to_file("folder", "a.yml") == "folder/a.yml"
    assert sorted(map(str, Path("folder").iterdir())) == ["folder/a.yml", "folder/conda_dependencies.yml"]
    assert CondaDependencies("conda_dependencies.yml").as_dict() == packages.as_dict()


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("name: a\ndependencies: numpy\n", 2, "dependencies must be a list"),
        ("dependencies:\n- numpy\n- 3\n", 3, r"dependencies\.1 must be a text"),
        ("dependencies:\n- pip:\n  - a\n- pip:\n  - b\n", 4, "second list for pip"),
        ("dependencies:\n- pip:\n  - a\n  - {b: c}\n", 4, r"dependencies\.0\.pip\.1 must be a text"),
        ("dependencies:\n- npm: [a]\n", 2, "dependencies.0 must be"),
        ("channels:\n  - a\n  - 1\ndependencies: []\n", 3, r"channels\.1"),
        ("name:\n  - a\ndependencies: []\n", 1, "name must be a text"),
        ("dependancies:\n- numpy\n", 1, "must have the key 'dependencies'"),
        ("dependencies:\n- numpy\ndependencies:\n- pandas\n", 3, "'dependencies' is there twice"),
        ("dependencies:\n- a\n -b\n - c: [\n", 4, "."),
        ("a: &x [1]\nb: *x\n", 1, "anchors"),
        ("a: !!python/name:os.system\n", 1, "tag"),
        ("a:\n" + "".join("  " * depth + "- \n" for depth in range(1, 60)), 51, "nested deeper than 50"),
        ("- a\n", 1, "keys and values"),
        ("1: a\n", 1, "a key must be a text"),
    ],
)
def test_a_fault_in_a_file_is_told_with_its_line(text: str, line: int, fault: str) -> None:
    with pytest.raises(RunConfigurationException, match=rf"^conda\.yml, line {line}: .*{fault}"):
        CondaDependencies(written(text))
    assert Path("conda.yml").read_text() == text


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "empty"),
        (b"dependencies: []\n#" + b"x" * (1 << 20), "more than 1048576 bytes"),
        (b"a: b\nname: \xff\n", "line 2: byte 11 is no UTF-8"),
        (b"a: " + b"9" * 5000, "digits"),
        (b"a: \x00", "."),
    ],
)
def test_what_is_no_conda_file_at_all_is_refused(content: bytes, fault: str) -> None:
    Path("conda.yml").write_bytes(content)
    with pytest.raises(RunConfigurationException, match=rf"conda\.yml.*{fault}"):
        Environment.from_conda_specification("e", "conda.yml")


def test_plain_values_are_what_yaml_1_2_says() -> None:
    text = (
        "a: no\nb: 010\nc: 1e3\nd: 2024-01-01\ne: 0x1f\nf: 0o17\ng: 1:30\nh: true\ni: ~\nj:\nk: .5\nl: '7'\nm: -.inf\n"
    )
    assert yaml_file.loads(text, "x") == {
        "a": "no",
        "b": 10,
        "c": 1000.0,
        "d": "2024-01-01",
        "e": 31,
        "f": 15,
        "g": "1:30",
        "h": True,
        "i": None,
        "j": None,
        "k": 0.5,
        "l": "7",
        "m": float("-inf"),
    }


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.from_regex(
    r"(no|Yes|on|~|null|[-+]?[0-9_.:]{1,6}([eE][0-9])?|0[xob][0-9a-f]{1,3}|=|<<)", fullmatch=True
)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(TEXTS, below, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXTS, DOCUMENTS, min_size=1, max_size=5))
def test_what_is_written_as_yaml_is_read_as_it_was(document: dict) -> None:
    assert yaml_file.loads(yaml_file.dump(document), "x") == document
