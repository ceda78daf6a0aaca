"""The pages of an associate's phone."""

from django.urls import URLPattern, path

from callcenter.views import counter

urlpatterns: list[URLPattern] = [
    path("", counter.counter_home, name="counter_home"),
    path("search/", counter.counter_search, name="counter_search"),
    path("members/<int:pk>/", counter.counter_member, name="counter_member"),
    path("members/<int:pk>/dial/", counter.counter_dial, name="counter_dial"),
    path("members/<int:pk>/note/", counter.counter_note, name="counter_note"),
    path("members/<int:pk>/fact/", counter.counter_fact, name="counter_fact"),
    path("members/<int:pk>/wish/", counter.counter_wish, name="counter_wish"),
    path("members/<int:pk>/<str:kind>/done/", counter.due_done, name="due_done"),
    path("members/<int:pk>/<str:kind>/later/", counter.due_later, name="due_later"),
    path("members/<int:pk>/<str:kind>/unsuitable/", counter.due_unsuitable, name="due_unsuitable"),
    path("members/<int:pk>/promise/", counter.counter_promise, name="counter_promise"),
    path("promises/<int:pk>/kept/", counter.counter_keep, name="counter_keep"),
    path("wishes/<int:pk>/arrive/", counter.wish_arrive, name="wish_arrive"),
    path("wishes/<int:pk>/drop/", counter.wish_drop, name="wish_drop"),
]
