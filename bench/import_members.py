"""Importing a file of members: the check, the applying, searches meanwhile, and django-import-export beside it."""

import csv
import multiprocessing
import random
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from django.core.files.base import File
from django.db import connection, connections

from bench.by_import_export import import_by_it
from bench.database import copied, database
from bench.figures import Run
from bench.member_file import HEADER, SPEC, made_member_file
from bench.people import enrol_many
from bench.registry import bench
from crm_site.demo.people import build_people
from crm_site.demo.places import build_places
from kit import names, phones
from members.models import Consent, Member, MemberCard, MemberImport, MemberPhone, MemberSearch, StagedMember
from members.selectors import search
from members.services.imports import running
from members.services.imports.applying import State, apply_import
from staff.models import User

ROWS = 50_000
COMPARED = 20_000
PAUSE = 0.02


@bench("import-members", "A made file of members (33 % known, 12 % bad): check, apply, search meanwhile")
def import_members(run: Run) -> None:
    """As many rows as --members says, into a base of as many members."""
    rows = run.members or ROWS
    with database(f"members_{rows}", lambda: _fill(rows)):
        path = made_member_file(rows)
        with copied(f"members_{rows}", "scratch_import"):
            _check_and_apply(run, path)
        with copied(f"members_{rows}", "scratch_import"):
            _compare(run, path)


def _fill(rows: int) -> None:
    places = build_places(random.Random(7))
    build_people(places)
    enrol_many(rows, date(2026, 11, 1))


def _check_and_apply(run: Run, path: Path) -> None:
    begun = time.perf_counter()
    batch = _checked(path)
    dry = time.perf_counter() - begun
    with _searching() as seconds:
        begun = time.perf_counter()
        apply_import(batch, actor=None)
        applying = time.perf_counter() - begun
    run.figure("dry.seconds", dry, "s", n=batch.rows)
    run.figure("rate", batch.rows / applying, "1/s", n=batch.rows)
    run.figure("seconds", applying, "s", n=batch.rows)
    run.spread(list(seconds), label="search")
    run.figure("rss", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB")
    for verdict, count in batch.results.items():
        run.figure(f"rows.{verdict}", count, "", n=batch.rows)


def _checked(path: Path) -> MemberImport:
    with path.open("rb") as opened:
        batch = running.upload_import(file=File(opened, path.name), actor=None, spec=SPEC)
    running.check(batch)
    batch.state = State.CHECKED
    batch.save()
    return batch


# Searching meanwhile --------------------------------------------------------------------------------


@contextmanager
def _searching() -> Iterator[list[float]]:
    """Another process searches as agents do; what each search took is in the list afterwards."""
    typed = _what_is_typed()
    connections.close_all()
    context = multiprocessing.get_context("fork")
    stop, answers = context.Event(), context.Queue()
    worker = context.Process(target=_search_until, args=(typed, stop, answers), daemon=True)
    worker.start()
    seconds: list[float] = []
    try:
        yield seconds
    finally:
        stop.set()
        seconds += answers.get(timeout=30)
        worker.join()


def _what_is_typed() -> list[str]:
    rng = random.Random(5)
    some = Member.objects.order_by("pk").filter(pk__in=rng.sample(range(1, Member.objects.count()), 200))
    typed = []
    for member in some.prefetch_related("phones"):
        read, number = names.readings(member.name), next(iter(member.phones.all()))
        typed += [number.e164[3:], f"{read.ini} {number.tail}", member.name, read.py, member.name[:2]]
    rng.shuffle(typed)
    return typed


def _search_until(typed: list[str], stop, answers) -> None:
    agent = User.objects.get(username="ceo")
    seconds: list[float] = []
    while not stop.is_set():
        for text in typed:
            begun = time.perf_counter()
            search(text, agent, limit=12)
            seconds.append(time.perf_counter() - begun)
            if stop.is_set():
                break
            time.sleep(PAUSE)
    answers.put(seconds[1:] or seconds)


# django-import-export beside it ---------------------------------------------------------------------


def _compare(run: Run, path: Path) -> None:
    """The same rows of the made file, without the bad ones, twice: once by each, into the same base."""
    rows = _good_rows(path, COMPARED)
    theirs = import_by_it(rows)
    _take_out("by-import-export")
    few = path.with_name("members-compared.csv")
    with few.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADER, *rows])
    begun = time.perf_counter()
    batch = _checked(few)
    apply_import(batch, actor=None)
    ours = time.perf_counter() - begun
    run.figure("compared.seconds", ours, "s", n=len(rows), limit=theirs)
    run.figure("times-as-fast", theirs / ours, "", n=len(rows))
    assert StagedMember.objects.filter(batch=batch, verdict="new").exists()


def _take_out(source: str) -> None:
    gone = Member.objects.filter(external_source=source)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # consents are append-only
        for model in (MemberPhone, MemberCard, Consent, MemberSearch):
            model.objects.filter(member__in=gone).delete()
        gone.delete()
        cursor.execute("SET session_replication_role = DEFAULT")


def _good_rows(path: Path, count: int) -> list[list[str]]:
    good, seen = [], set()
    with path.open(encoding="utf-8", newline="") as opened:
        reader = csv.reader(opened)
        next(reader)
        for row in reader:
            try:
                phones.reachable(row[3])
            except phones.InvalidPhone:
                continue
            if row[0] in seen:
                continue
            seen.add(row[0])
            good.append(row)
            if len(good) == count:
                return good
    return good
