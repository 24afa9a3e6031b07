"""The SDK's `azureml.pipeline`: names alone, of which each says what to use instead."""
