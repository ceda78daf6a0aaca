"""A Chinese name and an English one."""

from django.utils.translation import get_language


class Bilingual:
    """Mixin for models with ``name`` and ``name_en``: ``label`` is the name in the language of the page."""

    name: str
    name_en: str

    @property
    def label(self) -> str:
        if (get_language() or "zh").startswith("zh"):
            return self.name
        return self.name_en or self.name
