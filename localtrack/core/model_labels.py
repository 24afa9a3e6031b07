"""What of a model may change: its tags and description; and its properties, to which others are only added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localtrack.core.model_base import ModelBase

if TYPE_CHECKING:
    from localtrack.store.models import ModelChange


class ModelLabels(ModelBase):
    """The tags, properties and description of a model."""

    def add_tags(self, tags: dict[Any, Any]) -> None:
        """Add tags, or give those that are there new values.

        Raises:
            UserErrorException: One can't be kept.
            ModelNotFoundException: The model was deleted.

        Example:
            >>> with open("model.txt", "w") as file:
            ...     _ = file.write("y = 2 x")
            >>> model = Model.register(ws, "model.txt", "line")
            >>> model.add_tags({"quality": "good"})
            >>> model.tags
            {'quality': 'good'}
        """
        self.update_tags_properties(add_tags=tags)

    def remove_tags(self, tags: list[str]) -> None:
        """Remove tags by a list of their names; those that aren't there are passed over.

        Raises:
            UserErrorException: It is no list.
            ModelNotFoundException: The model was deleted.

        Example:
            >>> with open("model.txt", "w") as file:
            ...     _ = file.write("y = 2 x")
            >>> model = Model.register(ws, "model.txt", "line", tags={"stage": "trial", "quality": "good"})
            >>> model.remove_tags(["stage"])
            >>> model.tags
            {'quality': 'good'}
        """
        self.update_tags_properties(remove_tags=tags)

    def add_properties(self, properties: dict[Any, Any]) -> None:
        """Add properties, which nobody can change afterwards; all of them or none.

        Raises:
            UserErrorException: One is there with another value, or can't be kept.
            ModelNotFoundException: The model was deleted.

        Example:
            >>> with open("model.txt", "w") as file:
            ...     _ = file.write("y = 2 x")
            >>> model = Model.register(ws, "model.txt", "line")
            >>> model.add_properties({"mse": 3298.5})
            >>> model.properties
            {'mse': '3298.5'}
        """
        self.update_tags_properties(add_properties=properties)

    def update_tags_properties(
        self,
        add_tags: dict[Any, Any] | None = None,
        remove_tags: list[str] | None = None,
        add_properties: dict[Any, Any] | None = None,
    ) -> None:
        """Change tags and add properties; all of it or nothing.

        Args:
            add_tags: Tags to add, or to give new values.
            remove_tags: The names of tags to remove, before others are added.
            add_properties: Properties to add.

        Raises:
            UserErrorException: A property is there with another value, or something can't be kept.
            ModelNotFoundException: The model was deleted.

        Example:
            >>> with open("model.txt", "w") as file:
            ...     _ = file.write("y = 2 x")
            >>> model = Model.register(ws, "model.txt", "line", tags={"stage": "trial"})
            >>> model.update_tags_properties(remove_tags=["stage"], add_properties={"mse": 3298.5})
            >>> model.tags, model.properties
            ({}, {'mse': '3298.5'})
        """
        from localtrack.core.labels import checked_labels, label_names
        from localtrack.store.models import ModelChange

        self._change(
            ModelChange(
                add_tags=checked_labels(add_tags, "tag"),
                remove_tags=label_names(remove_tags or []),
                add_properties=checked_labels(add_properties, "property"),
            )
        )

    def update(
        self,
        tags: dict[Any, Any] | None = None,
        description: str | None = None,
        sample_input_dataset: object = None,
        sample_output_dataset: object = None,
        resource_configuration: object = None,
    ) -> None:
        """Replace the tags, the description, or both.

        Args:
            tags: All the model's tags from now on; they stay when left out.
            description: What the model is about; it stays when left out.
            sample_input_dataset: Not supported yet.
            sample_output_dataset: Not supported yet.
            resource_configuration: Refused: it is about deployment.

        Raises:
            UserErrorException: Something can't be kept.
            CloudOnlyException: ``resource_configuration`` is given.
            ModelNotFoundException: The model was deleted.

        Example:
            >>> with open("model.txt", "w") as file:
            ...     _ = file.write("y = 2 x")
            >>> model = Model.register(ws, "model.txt", "line", tags={"stage": "trial"})
            >>> model.update(tags={"quality": "good"}, description="a line")
            >>> model.tags, model.description
            ({'quality': 'good'}, 'a line')
        """
        from localtrack.core.labels import checked_labels
        from localtrack.core.model_registration import refuse_datasets, refuse_resources
        from localtrack.store.models import ModelChange
        from localtrack.values import check_text

        refuse_datasets(sample_input_dataset, sample_output_dataset)
        refuse_resources(resource_configuration)
        self._change(
            ModelChange(
                tags=None if tags is None else checked_labels(tags, "tag"),
                description=None if description is None else check_text(description, "The description"),
            )
        )

    def _change(self, wanted: ModelChange) -> None:
        self._record = self._workspace._store.models.change(self._record, wanted)
