"""Places and products for administrators: small dictionaries come and go as files."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from import_export.admin import ImportExportModelAdmin
from import_export.resources import ModelResource

from stores.models import Brand, Category, Chain, Counter, Department, Floor, Product, Store


@admin.register(Chain)
class ChainAdmin(admin.ModelAdmin):
    """One row, never added or deleted."""

    list_display = ("name", "name_en", "shares_member_base", "currency")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not Chain.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Chain, form: object, change: bool) -> None:
        obj.pk = 1
        super().save_model(request, obj, form, change)
        Chain.forget()


class ProductResource(ModelResource):
    """Products by their code: a file may be imported again."""

    class Meta:
        model = Product
        import_id_fields = ("code",)
        exclude = ("id",)
        use_bulk = True
        batch_size = 1000
        skip_unchanged = True


class StoreResource(ModelResource):
    class Meta:
        model = Store
        import_id_fields = ("code",)
        exclude = ("id",)
        skip_unchanged = True


class BrandResource(ModelResource):
    class Meta:
        model = Brand
        import_id_fields = ("code",)
        exclude = ("id",)
        skip_unchanged = True


class CategoryResource(ModelResource):
    class Meta:
        model = Category
        import_id_fields = ("code",)
        exclude = ("id",)
        skip_unchanged = True


@admin.register(Store)
class StoreAdmin(ImportExportModelAdmin):
    resource_classes = [StoreResource]
    list_display = ("code", "name", "name_en", "kind", "city", "opened_on", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("code", "name", "name_en")


@admin.register(Floor)
class FloorAdmin(ImportExportModelAdmin):
    list_display = ("store", "number", "name", "name_en")
    list_filter = ("store",)
    list_select_related = ("store",)
    search_fields = ("name", "name_en")


@admin.register(Department)
class DepartmentAdmin(ImportExportModelAdmin):
    list_display = ("store", "code", "name", "name_en")
    list_filter = ("store",)
    list_select_related = ("store",)
    search_fields = ("code", "name", "name_en")


@admin.register(Category)
class CategoryAdmin(ImportExportModelAdmin):
    resource_classes = [CategoryResource]
    list_display = ("code", "name", "name_en", "parent")
    list_select_related = ("parent",)
    search_fields = ("code", "name", "name_en")


@admin.register(Brand)
class BrandAdmin(ImportExportModelAdmin):
    resource_classes = [BrandResource]
    list_display = ("code", "name", "name_en")
    search_fields = ("code", "name", "name_en")


@admin.register(Counter)
class CounterAdmin(ImportExportModelAdmin):
    list_display = ("store", "code", "name", "floor", "department", "brand", "category", "area_sqm", "is_active")
    list_filter = ("store", "is_active")
    list_select_related = ("store", "floor", "department", "brand", "category")
    autocomplete_fields = ("floor", "department", "brand", "category")
    search_fields = ("code", "name", "name_en")


@admin.register(Product)
class ProductAdmin(ImportExportModelAdmin):
    """There may be millions: no full count, exact code or barcode, the dictionaries picked by typing."""

    resource_classes = [ProductResource]
    list_display = ("code", "name", "size", "colour", "season", "list_price", "return_days", "is_service")
    search_fields = ("=code", "=barcode")
    autocomplete_fields = ("brand", "category", "counter")
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return super().get_queryset(request).select_related("brand", "category", "counter")
