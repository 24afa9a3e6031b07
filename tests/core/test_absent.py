"""What localtrack does not have: its names can be imported, and say so when they are used."""

import importlib
import pickle
from typing import get_type_hints

import pytest

import localtrack.core
from localtrack.core import Dataset
from localtrack.core.absent import Absent
from localtrack.exceptions import AzureMLException, CloudOnlyException, UserErrorException

# Where the SDK has the names that programs import.
ABSENT = {
    "core": "Dataset Image LinkedService PrivateEndPoint PrivateEndPointConfig "
    "SynapseWorkspaceLinkedServiceConfiguration Webservice diagnostic_log",
    "core.databricks": "DatabricksSection MavenLibrary PyPiLibrary",
    "core.dataset": "Dataset",
    "core.image": "ContainerImage Image",
    "core.image.container": "ContainerImage ContainerImageConfig",
    "core.image.image": "Asset Image ImageConfig TargetRuntime",
    "core.linked_service": "LinkedService LinkedServiceConfiguration SynapseWorkspaceLinkedServiceConfiguration",
    "core.private_endpoint": "PrivateEndPoint PrivateEndPointConfig",
    "core.resource_configuration": "ResourceConfiguration",
    "core.webservice": "AciWebservice AksEndpoint AksWebservice LocalWebservice UnknownWebservice Webservice",
    "core.webservice.aci": "AciServiceDeploymentConfiguration AciWebservice",
    "core.webservice.aks": "AksServiceDeploymentConfiguration AksWebservice",
    "core.webservice.local": "LocalWebservice LocalWebserviceDeploymentConfiguration",
    "core.webservice.webservice": "Webservice WebserviceDeploymentConfiguration",
    "data": "DataType FileDataset TabularDataset OutputFileDatasetConfig HDFSOutputDatasetConfig "
    "LinkFileOutputDatasetConfig LinkTabularOutputDatasetConfig DatacacheStore",
    "data.abstract_dataset": "AbstractDataset",
    "data.azure_data_lake_datastore": "AbstractADLSDatastore AzureDataLakeDatastore AzureDataLakeGen2Datastore",
    "data.azure_sql_database_datastore": "AzureSqlDatabaseDatastore",
    "data.azure_storage_datastore": "AbstractAzureStorageDatastore AzureBlobDatastore AzureFileDatastore",
    "data.datacache_consumption_config": "DatacacheConsumptionConfig",
    "data.datapath": "DataPath DataPathComputeBinding",
    "data.dataset_consumption_config": "DatasetConsumptionConfig",
    "data.dataset_factory": "DataType FileDatasetFactory TabularDatasetFactory",
    "data.dataset_type_definitions": "FileEncoding PromoteHeadersBehavior SkipLinesBehavior",
    "data.file_dataset": "FileDataset",
    "data.output_dataset_config": "OutputDatasetConfig OutputFileDatasetConfig LinkTabularOutputDatasetConfig",
    "data.sql_data_reference": "SqlDataReference",
    "data.tabular_dataset": "TabularDataset",
    "pipeline.core": "InputPortBinding Module ModuleVersion ModuleVersionDescriptor OutputPortBinding Pipeline "
    "PipelineData PipelineDataset PipelineDraft PipelineEndpoint PipelineParameter PipelineRun PipelineStep "
    "PortDataReference PublishedPipeline Schedule ScheduleRecurrence StepRun StepRunOutput StepSequence TimeZone "
    "TrainingOutput",
    "pipeline.core.builder": "PipelineData PipelineStep StepSequence",
    "pipeline.core.graph": "PipelineDataset PipelineParameter PublishedPipeline TrainingOutput",
    "pipeline.core.pipeline": "Pipeline",
    "pipeline.core.pipeline_output_dataset": "PipelineOutputFileDataset PipelineOutputTabularDataset",
    "pipeline.core.run": "PipelineRun StepRun StepRunOutput",
    "pipeline.core.schedule": "Schedule ScheduleRecurrence TimeZone",
    "pipeline.steps": "AdlaStep AutoMLStep AutoMLStepRun AzureBatchStep CommandStep DataTransferStep DatabricksStep "
    "EstimatorStep HyperDriveStep HyperDriveStepRun KustoStep ModuleStep MpiStep ParallelRunConfig ParallelRunStep "
    "PythonScriptStep RScriptStep SynapseSparkStep",
    "pipeline.steps.python_script_step": "PythonScriptStep",
    "train.automl": "AutoMLConfig",
    "train.automl.automlconfig": "AutoMLConfig",
    "train.dnn": "Chainer Gloo Mpi Nccl ParameterServer PyTorch TensorFlow",
    "train.estimator": "Estimator Gloo MMLBaseEstimator MMLBaseEstimatorRunConfig Mpi Nccl ParameterServer",
    "train.hyperdrive": "BanditPolicy BayesianParameterSampling EarlyTerminationPolicy GridParameterSampling "
    "HyperDriveConfig HyperDriveRun HyperDriveRunConfig HyperParameterSampling MedianStoppingPolicy "
    "NoTerminationPolicy PrimaryMetricGoal RandomParameterSampling TruncationSelectionPolicy choice lognormal "
    "loguniform normal qlognormal qloguniform qnormal quniform randint uniform",
    "train.hyperdrive.parameter_expressions": "choice uniform",
    "train.hyperdrive.policy": "BanditPolicy",
    "train.hyperdrive.run": "HyperDriveRun PrimaryMetricGoal",
    "train.hyperdrive.runconfig": "HyperDriveConfig PrimaryMetricGoal",
    "train.hyperdrive.sampling": "RandomParameterSampling",
    "train.sklearn": "SKLearn",
}
NAMES = [(module, name) for module, names in ABSENT.items() for name in names.split()]


@pytest.mark.parametrize(("module", "name"), NAMES, ids=lambda value: value)
def test_a_name_says_that_it_is_absent(module, name) -> None:
    found = getattr(importlib.import_module(f"localtrack.{module}"), name)

    for use, code in {
        f"{name}(...)": lambda: found("a", b=1),
        f"{name}.get": lambda: found.get,
        f"class Mine({name})": lambda: type(found)("Mine", (found,), {}),
    }.items():
        with pytest.raises(UserErrorException) as refused:
            code()
        assert str(refused.value).startswith(f"{use}: localtrack does not have azureml.")
        assert f".{name}. " in str(refused.value)
    assert not isinstance("data", found) and not issubclass(str, found)
    assert pickle.loads(pickle.dumps(found)) is found


def test_subclassing_is_refused_also_beside_another_base() -> None:
    from localtrack.pipeline.core import PipelineStep

    class Mixin:
        pass

    with pytest.raises(UserErrorException, match=r"^class Mine\(PipelineStep\): localtrack does not have"):

        class Mine(Mixin, PipelineStep):
            pass


def test_annotations_are_no_use() -> None:
    def train(data: Dataset | None, more: list[Dataset]) -> "Dataset": ...

    assert get_type_hints(train)["return"] is Dataset


def test_nothing_is_one_of_them() -> None:
    assert not isinstance(localtrack.core.Run, Dataset)
    match {"a": 1}:
        case Dataset():
            pytest.fail("a dict is no dataset")


def test_tools_may_ask_for_what_they_like() -> None:
    assert not hasattr(Dataset, "_repr_html_") and not hasattr(Dataset, "__wrapped__")
    assert repr(Dataset) == "<class 'localtrack.core.dataset.Dataset'>"
    assert isinstance(Dataset, Absent) and {Dataset: 1}[Dataset] == 1


def test_what_is_in_azure_only_says_so() -> None:
    from localtrack.core.webservice import AciWebservice
    from localtrack.train.hyperdrive import BanditPolicy

    with pytest.raises(CloudOnlyException, match=r"AciWebservice\.deploy_configuration: .* Model\.get_model_path"):
        AciWebservice.deploy_configuration(cpu_cores=1)
    with pytest.raises(UserErrorException, match=r"BanditPolicy\(\.\.\.\): .* no sweeps here yet") as refused:
        BanditPolicy(slack_factor=0.1)
    assert type(refused.value) is UserErrorException


def test_a_name_that_the_sdk_has_not_either_is_an_error_of_the_import() -> None:
    for module in ("core", "data", "train.hyperdrive", "pipeline.core"):
        with pytest.raises(ImportError, match="'Nonsense' from 'localtrack"):
            exec(f"from localtrack.{module} import Nonsense")


def test_all_that_core_names_can_be_had() -> None:
    # The names of the SDK's own `azureml.core.__all__`, and some that its modules leave there.
    sdk = [
        "ComputeTarget",
        "ContainerRegistry",
        "Dataset",
        "Datastore",
        "Environment",
        "Experiment",
        "Image",
        "Keyvault",
        "LinkedService",
        "Model",
        "PrivateEndPoint",
        "PrivateEndPointConfig",
        "Run",
        "RunConfiguration",
        "ScriptRun",
        "ScriptRunConfig",
        "SynapseWorkspaceLinkedServiceConfiguration",
        "VERSION",
        "Webservice",
        "Workspace",
        "attach_legacy_compute_target",
        "diagnostic_log",
        "get_run",
        "is_compute_target_prepared",
        "prepare_compute_target",
        "remove_legacy_compute_target",
    ]
    assert set(sdk) <= set(localtrack.core.__all__)
    modules = [
        "authentication",
        "compute",
        "compute_target",
        "conda_dependencies",
        "databricks",
        "dataset",
        "datastore",
        "environment",
        "experiment",
        "keyvault",
        "model",
        "run",
        "runconfig",
        "script_run",
        "script_run_config",
        "webservice",
        "workspace",
    ]
    for name in [*sdk, *modules, "CondaDependencies", "ViewType", "__version__"]:
        assert getattr(localtrack.core, name) is not None
        importlib.import_module(f"localtrack.core.{name}") if name in modules else None


@pytest.mark.parametrize(
    ("module", "names", "home"),
    [
        ("core.compute.batch", "BatchCompute", "core.compute"),
        ("core.compute.databricks", "DatabricksCompute", "core.compute"),
        ("core.compute.dsvm", "DsvmCompute", "core.compute"),
        ("core.compute.hdinsight", "HDInsightCompute", "core.compute"),
        ("core.compute.remote", "RemoteCompute", "core.compute"),
        ("core.environment", "CondaDependencies", "core.conda_dependencies"),
        (
            "core.runconfig",
            "DockerEnvironment DockerSection Environment PythonEnvironment PythonSection SparkEnvironment SparkSection",
            "core.environment",
        ),
    ],
)
def test_names_that_the_sdk_has_in_several_modules(module: str, names: str, home: str) -> None:
    for name in names.split():
        found = importlib.import_module(f"localtrack.{module}")
        assert getattr(found, name) is getattr(importlib.import_module(f"localtrack.{home}"), name)
        assert name in getattr(found, "__all__", [name])


def test_constants_and_errors_of_data_that_programs_name() -> None:
    from localtrack.core.conda_dependencies import (
        CNTK_DEFAULT_VERSION,
        PYTORCH_DEFAULT_VERSION,
        TENSORFLOW_DEFAULT_VERSION,
        CondaDependencies,
    )
    from localtrack.data.constants import DIRECT_MODE, DOWNLOAD_MODE, MOUNT_MODE, UPLOAD_MODE
    from localtrack.data.dataset_error_handling import DatasetExecutionError, DatasetValidationError

    assert (DIRECT_MODE, DOWNLOAD_MODE, MOUNT_MODE, UPLOAD_MODE) == ("direct", "download", "mount", "upload")
    packages = CondaDependencies()
    for name, version in {
        "cntk": CNTK_DEFAULT_VERSION,
        "torch": PYTORCH_DEFAULT_VERSION,
        "tensorflow": TENSORFLOW_DEFAULT_VERSION,
    }.items():
        packages.add_pip_package(f"{name}=={version}")
    assert list(packages.pip_packages) == ["cntk==2.7", "torch==1.6.0", "tensorflow==2.2.0"]
    for kind in (DatasetExecutionError, DatasetValidationError):
        with pytest.raises(UserErrorException, match="no data"):
            raise kind("no data")


def test_the_version_is_the_sdks_whose_names_these_are() -> None:
    from packaging.version import Version

    assert Version("1.60") < Version(localtrack.core.VERSION) < Version("1.62")
    assert localtrack.core.VERSION == localtrack.core.__version__ == f"1.61.0+localtrack.{localtrack.VERSION}"


def test_every_error_of_the_sdk_can_be_caught() -> None:
    from localtrack import exceptions

    names = [
        "ActivityCanceledException",
        "ActivityFailedException",
        "AuthenticationException",
        "AzureMLAggregatedException",
        "AzureMLException",
        "ComputeTargetException",
        "DatasetTimestampMissingError",
        "DiscoveryUrlNotFoundException",
        "ExperimentExecutionException",
        "ModelNotFoundException",
        "ModelPathNotFoundException",
        "ParallelRunException",
        "ProjectSystemException",
        "RunConfigurationException",
        "RunEnvironmentException",
        "ServiceException",
        "SnapshotException",
        "TrainingException",
        "UserErrorException",
        "WebserviceException",
        "WorkspaceException",
        "WorkspacePrivateEndpointException",
    ]
    for name in names:
        kind = getattr(exceptions, name)
        with pytest.raises(AzureMLException) as caught:
            raise kind("what happened")
        assert "what happened" in str(pickle.loads(pickle.dumps(caught.value)))
    assert set(names) <= set(exceptions.__all__)


def test_switching_diagnostics_on_sends_nothing_and_writes_nothing(workspace, tmp_path) -> None:
    from localtrack.telemetry import set_diagnostics_collection

    before = sorted(map(str, tmp_path.rglob("*")))
    assert set_diagnostics_collection(send_diagnostics=True) is None
    assert sorted(map(str, tmp_path.rglob("*"))) == before
