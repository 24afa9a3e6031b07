"""Names and parameters of the public Azure ML SDK v1 (azureml-core 1.61.0): facts, to compare localtrack with."""

SURFACE = {
    "Workspace": {
        "__init__": "(subscription_id, resource_group, workspace_name, auth=None, sku='basic', tags=None)",
        "from_config": "static (path=None, auth=None)",
        "create": (
            "static (name, auth=None, subscription_id=None, resource_group=None, location=None, "
            "create_resource_group=True, sku='basic', tags=None, friendly_name=None, storage_account=None, "
            "key_vault=None, app_insights=None, container_registry=None, adb_workspace=None, "
            "primary_user_assigned_identity=None, cmk_keyvault=None, resource_cmk_uri=None, "
            "hbi_workspace=False, default_cpu_compute_target=None, default_gpu_compute_target=None, "
            "private_endpoint_config=None, private_endpoint_auto_approval=True, exist_ok=False, "
            "show_output=True, user_assigned_identity_for_cmk_encryption=None, "
            "system_datastores_auth_mode='accessKey', v1_legacy_mode=None)"
        ),
        "get": (
            "static (name, auth=None, subscription_id=None, resource_group=None, location=None, "
            "cloud='AzureCloud', id=None)"
        ),
        "list": "static (subscription_id, auth=None, resource_group=None)",
        "write_config": "(path=None, file_name=None)",
        "update_dependencies": "(container_registry=None, force=False)",
        "delete": "(delete_dependent_resources=False, no_wait=False)",
        "get_details": "()",
        "get_mlflow_tracking_uri": "()",
        "get_default_compute_target": "(type)",
        "get_default_datastore": "()",
        "set_default_datastore": "(name)",
        "get_default_keyvault": "()",
        "add_private_endpoint": (
            "(private_endpoint_config, private_endpoint_auto_approval=True, location=None, show_output=True, tags=None)"
        ),
        "delete_private_endpoint_connection": "(private_endpoint_connection_name)",
        "list_keys": "()",
        "diagnose_workspace": "(diagnose_parameters)",
        "set_connection": "(name, category, target, authType, value)",
        "list_connections": "(category=None, target=None)",
        "get_connection": "(name)",
        "delete_connection": "(name)",
        "get_run": "(run_id)",
        "update": (
            "(friendly_name=None, description=None, tags=None, image_build_compute=None, "
            "service_managed_resources_settings=None, primary_user_assigned_identity=None, "
            "allow_public_access_when_behind_vnet=None, v1_legacy_mode=None)"
        ),
        "sync_keys": "(no_wait=False)",
        "setup": "static ()",
        "name": "property",
        "subscription_id": "property",
        "resource_group": "property",
        "location": "property",
        "service_context": "property",
        "sku": "property",
        "tags": "property",
        "discovery_url": "property",
        "compute_targets": "property",
        "datastores": "property",
        "datasets": "property",
        "private_endpoints": "property",
        "experiments": "property",
        "environments": "property",
        "images": "property",
        "models": "property",
        "webservices": "property",
        "linked_services": "property",
        "DEFAULT_CPU_CLUSTER_CONFIGURATION": "attribute",
        "DEFAULT_CPU_CLUSTER_NAME": "attribute",
        "DEFAULT_GPU_CLUSTER_CONFIGURATION": "attribute",
        "DEFAULT_GPU_CLUSTER_NAME": "attribute",
    },
    "Experiment": {
        "__init__": "(workspace, name, **kwargs)",
        "submit": "(config, tags=None, **kwargs)",
        "start_logging": "(*args, **kwargs)",
        "archive": "()",
        "reactivate": "(new_name=None)",
        "tag": "(key, value=None)",
        "set_tags": "(tags)",
        "remove_tags": "(tags)",
        "refresh": "()",
        "from_directory": "static (path, auth=None)",
        "list": "static (workspace, experiment_name=None, view_type=ViewType.ActiveOnly, tags=None)",
        "delete": "static (workspace, experiment_id)",
        "get_runs": "(type=None, tags=None, properties=None, include_children=False)",
        "get_docs_url": "class ()",
        "get_portal_url": "()",
        "workspace": "property",
        "workspace_object": "property",
        "name": "property",
        "id": "property",
        "archived_time": "property",
        "tags": "property",
    },
    "Run": {
        "__init__": "(experiment, run_id, outputs=None, **kwargs)",
        "get_context": "class (allow_offline=True, used_for_context_manager=False, **kwargs)",
        "get_submitted_run": "class (**kwargs)",
        "get_secret": "(name)",
        "get_secrets": "(secrets)",
        "add_type_provider": "static (runtype, run_factory)",
        "list": "static (experiment, type=None, tags=None, properties=None, status=None, include_children=False)",
        "list_by_compute": "static (compute, type=None, tags=None, properties=None, status=None)",
        "get": "static (workspace, run_id)",
        "submit_child": "(config, tags=None, **kwargs)",
        "wait_for_completion": "(show_output=False, wait_post_processing=False, raise_on_error=True)",
        "clean": "()",
        "get_all_logs": "(destination=None)",
        "get_details_with_logs": "()",
        "get_status": "()",
        "get_detailed_status": "()",
        "get_environment": "()",
        "get_details": "()",
        "get_children": "(recursive=False, tags=None, properties=None, type=None, status=None)",
        "get_metrics": "(name=None, recursive=False, run_type=None, populate=False)",
        "start": "()",
        "complete": "()",
        "fail": "(error_details=None, error_code=None)",
        "cancel": "()",
        "flush": "(timeout_seconds=300)",
        "child_run": "(name=None, run_id=None, outputs=None)",
        "create_children": "(count=None, tag_key=None, tag_values=None)",
        "tag": "(key, value=None)",
        "set_tags": "(tags)",
        "get_tags": "()",
        "remove_tags": "(tags)",
        "add_properties": "(properties)",
        "get_properties": "()",
        "log": "(name, value, description='', step=None)",
        "log_list": "(name, value, description='')",
        "log_row": "(name, description=None, **kwargs)",
        "log_table": "(name, value, description='')",
        "log_confusion_matrix": "(name, value, description='')",
        "log_accuracy_table": "(name, value, description='')",
        "log_residuals": "(name, value, description='')",
        "log_predictions": "(name, value, description='')",
        "log_image": "(name, path=None, plot=None, description='')",
        "upload_file": "(name, path_or_stream, datastore_name=None)",
        "upload_folder": "(name, path, datastore_name=None)",
        "upload_files": "(names, paths, return_artifacts=False, timeout_seconds=None, datastore_name=None)",
        "get_file_names": "()",
        "download_file": "(name, output_file_path=None)",
        "download_files": (
            "(prefix=None, output_directory=None, output_paths=None, batch_size=100, append_prefix=True, "
            "timeout_seconds=None)"
        ),
        "take_snapshot": "(file_or_folder_path)",
        "restore_snapshot": "(snapshot_id=None, path=None)",
        "get_snapshot_id": "()",
        "register_model": (
            "(model_name, model_path=None, tags=None, properties=None, model_framework=None, "
            "model_framework_version=None, description=None, datasets=None, sample_input_dataset=None, "
            "sample_output_dataset=None, resource_configuration=None, **kwargs)"
        ),
        "get_docs_url": "class ()",
        "get_portal_url": "()",
        "id": "property",
        "name": "property",
        "display_name": "property",
        "description": "property",
        "type": "property",
        "number": "property",
        "parent": "property",
        "status": "property",
        "experiment": "property",
        "tags": "property",
        "properties": "property",
    },
    "RunConfiguration": {
        "__init__": (
            "(script=None, arguments=None, framework=None, communicator=None, conda_dependencies=None, command=None)"
        ),
        "save": "(path=None, name=None, separate_environment_yaml=False)",
        "load": "static (path, name=None)",
        "delete": "static (path, name)",
        "auto_prepare_environment": "property",
        "environment_variables": "property",
        "target": "property",
    },
    "ScriptRunConfig": {
        "__init__": (
            "(source_directory, script=None, arguments=None, run_config=None, compute_target=None, environment=None, "
            "distributed_job_config=None, resume_from=None, max_run_duration_seconds=MAX_DURATION_SECONDS_DEFAULT, "
            "command=None, docker_runtime_config=None)"
        ),
        "MAX_DURATION_SECONDS_DEFAULT": "attribute",
    },
    "Model": {
        "__init__": (
            "(workspace, name=None, id=None, tags=None, properties=None, version=None, run_id=None, "
            "model_framework=None, expand=True, **kwargs)"
        ),
        "register": (
            "static (workspace, model_path, model_name, tags=None, properties=None, description=None, "
            "datasets=None, model_framework=None, model_framework_version=None, child_paths=None, "
            "sample_input_dataset=None, sample_output_dataset=None, resource_configuration=None)"
        ),
        "get_model_path": "static (model_name, version=None)",
        "download": "(target_dir='.', exist_ok=False, exists_ok=None)",
        "list": (
            "static (workspace, name=None, tags=None, properties=None, run_id=None, latest=False, "
            "dataset_id=None, expand=True, page_count=255, model_framework=None)"
        ),
        "serialize": "()",
        "deserialize": "static (workspace, model_payload)",
        "update": (
            "(tags=None, description=None, sample_input_dataset=None, sample_output_dataset=None, "
            "resource_configuration=None)"
        ),
        "update_tags_properties": "(add_tags=None, remove_tags=None, add_properties=None)",
        "add_tags": "(tags)",
        "remove_tags": "(tags)",
        "add_properties": "(properties)",
        "add_dataset_references": "(datasets)",
        "delete": "()",
        "print_configuration": "static (models, inference_config, deployment_config, deployment_target)",
        "deploy": (
            "static (workspace, name, models, inference_config=None, deployment_config=None, "
            "deployment_target=None, overwrite=False, show_output=False)"
        ),
        "package": (
            "static (workspace, models, inference_config=None, generate_dockerfile=False, image_name=None, "
            "image_label=None)"
        ),
        "profile": (
            "static (workspace, profile_name, models, inference_config, input_dataset, cpu=None, "
            "memory_in_gb=None, description=None)"
        ),
        "get_sas_urls": "()",
    },
    "ViewType": {
        "ActiveOnly": "attribute",
        "All": "attribute",
        "ArchivedOnly": "attribute",
    },
    "environment.PythonSection": {
        "__init__": "(**kwargs)",
        "conda_dependencies_file": "property",
    },
    "environment.PythonEnvironment": {
        "__init__": "()",
    },
    "environment.DockerImagePlatform": {
        "__init__": "()",
    },
    "environment.DockerBuildContext": {
        "__init__": "(location_type=None, location=None, dockerfile_path='Dockerfile')",
        "from_local_directory": "static (workspace, path, dockerfile_path='Dockerfile')",
    },
    "environment.DockerSection": {
        "__init__": "(**kwargs)",
        "base_image": "property",
        "base_dockerfile": "property",
        "build_context": "property",
        "gpu_support": "property",
        "enabled": "property",
        "shared_volumes": "property",
        "arguments": "property",
        "shm_size": "property",
    },
    "environment.DockerEnvironment": {
        "__init__": "()",
    },
    "environment.SparkPackage": {
        "__init__": "(group=None, artifact=None, version=None)",
    },
    "environment.SparkSection": {
        "__init__": "(**kwargs)",
    },
    "environment.SparkEnvironment": {
        "__init__": "()",
    },
    "environment.ImageBuildDetails": {
        "__init__": "(environment_client, location)",
        "get_log": "()",
        "wait_for_completion": "(show_output=True)",
        "status": "property",
    },
    "environment.DockerImageDetails": {
        "__init__": "(*args, **kwargs)",
        "image_exist": "property",
        "repository": "property",
        "registry": "property",
        "image": "property",
        "interpreter_path": "property",
        "environment_path": "property",
        "dockerfile": "property",
    },
    "environment.RCranPackage": {
        "__init__": "()",
    },
    "environment.RGitHubPackage": {
        "__init__": "()",
    },
    "environment.RSection": {
        "__init__": "()",
    },
    "Environment": {
        "__init__": "(name, **kwargs)",
        "register": "(workspace)",
        "label": "static (workspace, name, version, labels)",
        "clone": "(new_name)",
        "get": "static (workspace, name, version=None, label=None)",
        "list": "static (workspace)",
        "from_dockerfile": "static (name, dockerfile, conda_specification=None, pip_requirements=None)",
        "from_docker_image": (
            "static (name, image, container_registry=None, conda_specification=None, pip_requirements=None)"
        ),
        "from_docker_build_context": "static (name, docker_build_context)",
        "from_conda_specification": "static (name, file_path)",
        "from_existing_conda_environment": "static (name, conda_environment_name)",
        "from_pip_requirements": "static (name, file_path, pip_version=None)",
        "add_private_pip_wheel": "static (workspace, file_path, exist_ok=False)",
        "get_image_details": "(workspace)",
        "build": "(workspace, image_build_compute=None)",
        "build_local": "(workspace, platform=None, **kwargs)",
        "save_to_directory": "(path, overwrite=False)",
        "load_from_directory": "static (path)",
        "environment_variables": "property",
    },
    "environment.EnvironmentReference": {
        "__init__": "(name, version=None)",
        "get_environment": "(workspace)",
    },
    "CondaDependencies": {
        "__init__": "(conda_dependencies_file_path=None)",
        "create": (
            "static (pip_indexurl=None, pip_packages=None, conda_packages=None, "
            "python_version=PYTHON_DEFAULT_VERSION, pin_sdk_version=True)"
        ),
        "merge_requirements": "static (requirements)",
        "sdk_origin_url": "static ()",
        "set_pip_index_url": "(index_url)",
        "get_default_number_of_packages": "()",
        "get_python_version": "()",
        "set_python_version": "(version)",
        "add_channel": "(channel)",
        "remove_channel": "(channel)",
        "add_conda_package": "(conda_package)",
        "remove_conda_package": "(conda_package)",
        "add_pip_package": "(pip_package)",
        "set_pip_option": "(pip_option)",
        "remove_pip_option": "(pip_option)",
        "remove_pip_package": "(pip_package)",
        "set_pip_requirements": "(pip_requirements)",
        "add_cntk_package": "(core_type=CPU)",
        "add_tensorflow_pip_package": "(core_type=CPU, version=None)",
        "add_tensorflow_conda_package": "(core_type=CPU, version=None)",
        "save_to_file": "(base_directory, conda_file_path=None)",
        "save": "(path=None)",
        "serialize_to_string": "()",
        "as_dict": "()",
        "conda_channels": "property",
        "conda_packages": "property",
        "pip_packages": "property",
        "pip_options": "property",
        "DEFAULT_NUMBER_OF_CONDA_PACKAGES": "attribute",
        "DEFAULT_NUMBER_OF_PIP_PACKAGES": "attribute",
    },
    "ContainerRegistry": {
        "__init__": "()",
    },
}
