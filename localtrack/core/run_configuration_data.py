"""The sections of a run configuration for data in Azure: kept, and refused where a run would need them."""

from __future__ import annotations

from localtrack.core.environment_section import Field
from localtrack.core.run_configuration_sections import RunSection


class DataReferenceConfiguration(RunSection):
    """A path on a datastore.

    Attributes:
        datastore_name: The datastore.
        mode: ``"mount"``, ``"download"`` or ``"upload"``.
        path_on_datastore: The path there.
        path_on_compute: The path where the script runs.
        overwrite: Whether files that are there are replaced.
    """

    datastore_name = Field("dataStoreName", str | None)
    mode = Field("mode", str, "mount")
    path_on_datastore = Field("pathOnDataStore", str | None)
    path_on_compute = Field("pathOnCompute", str | None)
    overwrite = Field("overwrite", bool, False)


class DataPath(RunSection):
    """A path relative to a datastore."""

    datastore_name = Field("datastoreName", str | None)
    relative_path = Field("relativePath", str | None)


class Dataset(RunSection):
    """A registered dataset."""

    dataset_id = Field("id", str | None)
    dataset_name = Field("name", str | None)
    dataset_version = Field("version", str | None)


class Uri(RunSection):
    """An address of a file or folder."""

    path = Field("path", str | None)
    is_file = Field("isFile", bool, False)


class DataLocation(RunSection):
    """Where data lies: one of the three."""

    dataset = Field("dataset", Dataset | None)
    data_path = Field("dataPath", DataPath | None)
    uri = Field("uri", Uri | None)


class Data(RunSection):
    """An input of a run.

    Attributes:
        data_location: Where it lies.
        create_output_directories: Whether folders are made for it.
        mechanism: ``"direct"``, ``"mount"`` or ``"download"``.
        environment_variable_name: The variable that tells the script its path.
        path_on_compute: Its path where the script runs.
        overwrite: Whether files that are there are replaced.
        options: More settings.
    """

    data_location = Field("dataLocation", DataLocation | None)
    create_output_directories = Field("createOutputDirectories", bool | None)
    mechanism = Field("mechanism", str, "direct")
    environment_variable_name = Field("environmentVariableName", str | None)
    path_on_compute = Field("pathOnCompute", str | None)
    overwrite = Field("overwrite", bool, False)
    options = Field("options", object)


class DatacacheConfiguration(RunSection):
    """A copy of a dataset near the machines."""

    dataset_id = Field("datasetId", str | None)
    datacache_store = Field("datacacheStore", str | None)
    datacache_id = Field("datacacheId", str | None)
    mode = Field("mode", str, "mount")
    path_on_compute = Field("pathOnCompute", str | None)
    replica = Field("replica", object)
    failure_fallback = Field("failureFallback", bool, False)


class DatasetRegistrationOptions(RunSection):
    """What is done to an output before it is registered."""

    additional_transformations = Field("additionalTransformations", str | None)


class RegistrationOptions(RunSection):
    """How an output is registered as a dataset."""

    name = Field("name", str | None)
    description = Field("description", str | None)
    tags = Field("tags", dict | None)
    dataset_registration_options = Field("datasetRegistrationOptions", DatasetRegistrationOptions | None)


class GlobsOptions(RunSection):
    """Which files: patterns."""

    patterns = Field("globPatterns", list | None)


class UploadOptions(RunSection):
    """How an output is uploaded."""

    overwrite = Field("overwrite", bool, False)
    source_globs = Field("sourceGlobs", GlobsOptions | None)


class MountOptions(RunSection):
    """How an output is mounted."""

    disable_metadata_cache = Field("disableMetadataCache", bool, False)


class OutputOptions(RunSection):
    """More about an output."""

    path_on_compute = Field("pathOnCompute", str | None)
    registration_options = Field("registrationOptions", RegistrationOptions | None)
    upload_options = Field("uploadOptions", UploadOptions | None)
    mount_options = Field("mountOptions", MountOptions | None)


class OutputData(RunSection):
    """An output of a run.

    Attributes:
        output_location: Where it goes.
        mechanism: ``"mount"`` or ``"upload"``.
        additional_options: More about it.
    """

    output_location = Field("outputLocation", DataLocation | None)
    mechanism = Field("mechanism", str, "mount")
    additional_options = Field("additionalOptions", OutputOptions | None)
