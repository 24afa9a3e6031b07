"""The SDK's first way to submit scripts, for some frameworks: names alone."""

from __future__ import annotations

from localtrack.core.absent import ESTIMATORS, absent
from localtrack.train.estimator import Gloo, Mpi, Nccl, ParameterServer

__all__ = ["Chainer", "Gloo", "Mpi", "Nccl", "ParameterServer", "PyTorch", "TensorFlow"]

Chainer = absent(__name__, "Chainer", ESTIMATORS)
PyTorch = absent(__name__, "PyTorch", ESTIMATORS)
TensorFlow = absent(__name__, "TensorFlow", ESTIMATORS)
