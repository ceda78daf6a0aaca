"""Where a purchase has to be made to count for a campaign: anywhere, or at the counters and of the brands that take part."""

from dataclasses import dataclass

from django.db.models import Q

from campaigns.models import Campaign


@dataclass(frozen=True, slots=True)
class Places:
    """The counters that take part, and the brands, which count in the campaign's stores. Neither: anywhere."""

    counters: tuple[int, ...] = ()
    brands: tuple[int, ...] = ()
    stores: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def is_anywhere(self) -> bool:
        return not self.counters and not self.brands

    @property
    def lines(self) -> Q:
        """The lines of receipts that count."""
        if self.is_anywhere:
            return Q()
        return Q(counter_id__in=self.counters) | Q(brand_id__in=self.brands, store_id__in=self.stores)


def places_of(campaign: Campaign | None) -> Places:
    """What a campaign says about it; two queries, three where brands take part."""
    if campaign is None:
        return Places()
    counters, brands = list(campaign.counters.all()), list(campaign.brands.all())
    stores = campaign.stores.values_list("pk", flat=True) if brands else ()
    return Places(
        tuple(one.pk for one in counters),
        tuple(one.pk for one in brands),
        tuple(stores),
        tuple(one.label for one in [*brands, *counters]),
    )
