"""Receipts and what became of them."""

from django.urls import path

from sales import views

app_name = "sales"

urlpatterns = [
    path("receipts/", views.receipt_list, name="receipt_list"),
    path("receipts/<int:pk>/", views.receipt_detail, name="receipt_detail"),
    path("unmatched-returns/", views.unmatched_list, name="unmatched_list"),
]
