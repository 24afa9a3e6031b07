"""What is logged to a run as a file of its own: images, and the documents of charts."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from localtrack import journal
from localtrack.core.run_metrics import RunMetrics

if TYPE_CHECKING:
    from localtrack.core.charts import Chart
    from localtrack.store.store import Store


class RunCharts(RunMetrics):
    """The images and charts of a run.

    Each is kept as a file of the run, and its metric's value is the text that names the file;
    ``get_metrics(populate=True)`` gives the content itself.
    """

    def log_image(
        self, name: str, path: str | os.PathLike[str] | None = None, plot: Any = None, description: str = ""
    ) -> None:
        r"""Log an image: a file, or a plot that is saved as PNG.

        Args:
            name: The metric's name.
            path: An image file; or
            plot: a matplotlib figure, or ``matplotlib.pyplot``.
            description: What the image shows.

        Raises:
            UserErrorException: Not exactly one of path and plot is given, or the file is no image.
            ServiceException: The disk refused.

        Example:
            >>> from matplotlib.figure import Figure
            >>> figure = Figure()
            >>> _ = figure.subplots().plot([0.9, 0.4, 0.1])
            >>> run.log_image("loss curve", plot=figure)
            >>> run.get_metrics("loss curve", populate=True)["loss curve"][:4]
            b'\x89PNG'
        """
        from localtrack.core.logged_files import keep_image

        self._log_file(
            name, description, journal.IMAGE, lambda store, metric: keep_image(store, self._id, metric, path, plot)
        )

    def log_confusion_matrix(self, name: str, value: dict[str, Any] | str, description: str = "") -> None:
        """Log how often each class was taken for each other.

        Args:
            name: The metric's name.
            value: A dict, numpy arrays in it allowed, or the JSON text of one. ``data`` has C ``class_labels`` and a
                ``matrix`` of CxC counts: a row for each true class, a column for each predicted one.
            description: What the metric is.

        Raises:
            UserErrorException: The document is wrong; the message says what is wrong where. Nothing was logged.
            ServiceException: The disk refused.

        Example:
            >>> run.log_confusion_matrix("errors", {
            ...     "schema_type": "confusion_matrix",
            ...     "schema_version": "1.0.0",
            ...     "data": {"class_labels": ["cat", "dog"], "matrix": [[5, 1], [2, 7]]},
            ... })
            >>> run.get_metrics(populate=True)["errors"]["data"]["matrix"]
            [[5, 1], [2, 7]]
        """
        from localtrack.core.charts import CONFUSION_MATRIX

        self._log_chart(CONFUSION_MATRIX, name, value, description)

    def log_accuracy_table(self, name: str, value: dict[str, Any] | str, description: str = "") -> None:
        """Log how each class, against all others, was predicted at several thresholds.

        Args:
            name: The metric's name.
            value: A dict, numpy arrays in it allowed, or the JSON text of one. ``data`` has C ``class_labels``, M
                ``probability_thresholds``, M ``percentile_thresholds``, and ``probability_tables`` and
                ``percentile_tables`` of CxMx4 counts: true positives, false positives, true negatives and false
                negatives. TP + FN and TN + FP are the same at all thresholds of a class, and the sum of the four is
                the same for all classes.
            description: What the metric is.

        Raises:
            UserErrorException: The document is wrong; the message says what is wrong where. Nothing was logged.
            ServiceException: The disk refused.

        Example:
            >>> table = [[[3, 2, 0, 0], [2, 0, 2, 1]], [[2, 3, 0, 0], [2, 1, 2, 0]]]
            >>> run.log_accuracy_table("accuracy", {
            ...     "schema_type": "accuracy_table",
            ...     "schema_version": "1.0.1",
            ...     "data": {
            ...         "class_labels": ["cat", "dog"],
            ...         "probability_thresholds": [0.0, 0.5],
            ...         "probability_tables": table,
            ...         "percentile_thresholds": [0.0, 0.5],
            ...         "percentile_tables": table,
            ...     },
            ... })
            >>> run.get_file_names()
            ['accuracy.json']
        """
        from localtrack.core.charts import ACCURACY_TABLE

        self._log_chart(ACCURACY_TABLE, name, value, description)

    def log_residuals(self, name: str, value: dict[str, Any] | str, description: str = "") -> None:
        """Log a histogram of residuals: predicted less actual values.

        Args:
            name: The metric's name.
            value: A dict, numpy arrays in it allowed, or the JSON text of one. ``data`` has N ``bin_counts`` and
                N + 1 increasing ``bin_edges``.
            description: What the metric is.

        Raises:
            UserErrorException: The document is wrong; the message says what is wrong where. Nothing was logged.
            ServiceException: The disk refused.

        Example:
            >>> import numpy
            >>> counts, edges = numpy.histogram([-0.5, 0.1, 0.2, 0.9], bins=2, range=(-1, 1))
            >>> run.log_residuals("residuals", {
            ...     "schema_type": "residuals",
            ...     "schema_version": "1.0.0",
            ...     "data": {"bin_counts": counts, "bin_edges": edges},
            ... })
            >>> run.get_metrics(populate=True)["residuals"]["data"]
            {'bin_counts': [1, 3], 'bin_edges': [-1.0, 0.0, 1.0]}
        """
        from localtrack.core.charts import RESIDUALS

        self._log_chart(RESIDUALS, name, value, description)

    def log_predictions(self, name: str, value: dict[str, Any] | str, description: str = "") -> None:
        """Log predicted values against the actual ones, which are sorted into bins.

        Args:
            name: The metric's name.
            value: A dict, numpy arrays in it allowed, or the JSON text of one. ``data`` has N ``bin_averages`` and N
                ``bin_errors`` of the predictions, N ``bin_counts``, and N + 1 increasing ``bin_edges``.
            description: What the metric is.

        Raises:
            UserErrorException: The document is wrong; the message says what is wrong where. Nothing was logged.
            ServiceException: The disk refused.

        Example:
            >>> run.log_predictions("predictions", {
            ...     "schema_type": "predictions",
            ...     "schema_version": "1.0.0",
            ...     "data": {
            ...         "bin_averages": [0.25, 0.75],
            ...         "bin_errors": [0.01, 0.04],
            ...         "bin_counts": [56, 34],
            ...         "bin_edges": [0.0, 0.5, 1.0],
            ...     },
            ... })
            >>> run.get_metrics()["predictions"].endswith("/predictions.json")
            True
        """
        from localtrack.core.charts import PREDICTIONS

        self._log_chart(PREDICTIONS, name, value, description)

    def _log_chart(self, chart: Chart, name: str, value: Any, description: str) -> None:
        from localtrack.core.charts import checked
        from localtrack.core.logged_files import keep_document

        def keep(store: Store, metric: str) -> str:
            return keep_document(store, self._id, metric, checked(chart, value, metric))

        self._log_file(name, description, chart.kind, keep)

    def _log_file(self, name: str, description: str, kind: int, keep: Callable[[Store, str], str]) -> None:
        """Log the reference that ``keep`` returns once it has kept the file."""
        name = self._checked_name(name)
        description = self._checked_description(description)
        self._writer.log(self._id, name, keep(self._store, name), kind=kind)
        self._describe(name, description)
