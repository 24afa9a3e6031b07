"""The SDK's `azureml.train`: names alone, of which each says what to use instead."""
