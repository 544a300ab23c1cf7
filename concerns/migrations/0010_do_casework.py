"""Tasks, referrals, what was shared, links and moves; who has a concern and how serious it is."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import schoolsafe.lib.encryption
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("concerns", "0009_add_marks_and_drafts"),
        ("school", "0012_look_for_attendance_reports"),
    ]

    operations = [
        migrations.CreateModel(
            name="Agency",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, unique=True)),
                (
                    "takes_reports",
                    models.BooleanField(
                        default=False,
                        help_text="The police or the local authority: a personal report goes there.",
                    ),
                ),
                ("is_used", models.BooleanField(default=True, verbose_name="offered on the form")),
            ],
            options={
                "verbose_name_plural": "agencies",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", schoolsafe.lib.encryption.EncryptedTextField()),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Moved",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("subject", "The concern is about them"),
                            ("harmed", "May have been harmed"),
                            ("harming", "May have caused harm"),
                            ("witness", "Saw or heard it"),
                            ("sibling", "Brother or sister"),
                            ("mentioned", "Was mentioned"),
                        ],
                        max_length=10,
                    ),
                ),
                ("added_at", models.DateTimeField(help_text="When the wrong pupil was named.")),
                ("at", models.DateTimeField()),
                (
                    "role",
                    models.CharField(
                        help_text="What whoever moved it was then, in words.", max_length=60
                    ),
                ),
            ],
            options={
                "verbose_name": "move from a wrong pupil",
                "verbose_name_plural": "moves from wrong pupils",
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("what", schoolsafe.lib.encryption.EncryptedTextField()),
                ("due_on", models.DateField()),
                ("made_at", models.DateTimeField()),
                (
                    "returned_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When it went back to the desk: its owner may not read it.",
                        null=True,
                    ),
                ),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["due_on", "pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="entry",
            name="entry_decision_has_outcome",
        ),
        migrations.RemoveConstraint(
            model_name="entry",
            name="entry_has_reasons",
        ),
        migrations.RemoveConstraint(
            model_name="exclusion",
            name="exclusion_once",
        ),
        migrations.AddField(
            model_name="concern",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                help_text="Who is in charge of it: who acknowledged it, until they hand it on (A29).",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="school.staffmember",
            ),
        ),
        migrations.AddField(
            model_name="concern",
            name="reported_urgency",
            field=models.CharField(
                choices=[("urgent", "urgent"), ("routine", "routine")],
                default="routine",
                help_text="The reporter's word; it stays.",
                max_length=10,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="entry",
            name="dealt_at",
            field=models.DateTimeField(
                blank=True, help_text="When somebody outside was told, or answered.", null=True
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="follows",
            field=models.ForeignKey(
                blank=True,
                help_text="What it answers or corrects; a correction without one is of the account itself.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="followed_by",
                to="concerns.entry",
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="holder_knows",
            field=models.BooleanField(
                blank=True,
                help_text="Whether they know whose duty it is that it was made.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="how",
            field=models.CharField(
                blank=True,
                choices=[
                    ("telephone", "By telephone"),
                    ("form", "With their form"),
                    ("email", "By secure e-mail"),
                    ("in person", "In person"),
                    ("letter", "By letter"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="person",
            field=schoolsafe.lib.encryption.EncryptedTextField(
                blank=True, help_text="Whom outside it was said to."
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="result",
            field=models.CharField(
                blank=True,
                choices=[
                    ("accepted", "They take it on"),
                    ("declined", "They do not take it on"),
                    ("advice", "They gave advice"),
                    ("none", "No answer is awaited any more"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="staff",
            field=models.ForeignKey(
                blank=True,
                help_text="Who has it from now on; of a personal report: whose duty it is (G15).",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="school.staffmember",
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="told_by",
            field=models.ForeignKey(
                blank=True,
                help_text="Who made a personal report (G15).",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="school.staffmember",
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="urgency",
            field=models.CharField(
                blank=True,
                choices=[("urgent", "urgent"), ("routine", "routine")],
                help_text="As what it counts from now on.",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="was_alone",
            field=models.BooleanField(
                default=False, help_text="Closed by one person: nobody else could read it (A32)."
            ),
        ),
        migrations.AddField(
            model_name="exclusion",
            name="lifted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="exclusion",
            name="lifted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="school.staffmember",
            ),
        ),
        migrations.AlterField(
            model_name="concern",
            name="urgency",
            field=models.CharField(
                choices=[("urgent", "urgent"), ("routine", "routine")],
                help_text="As what it counts: the reporter's word until the team says otherwise (A13).",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("addendum", "addendum"),
                    ("call", "call"),
                    ("acknowledgement", "acknowledgement"),
                    ("decision", "decision"),
                    ("referral", "referral"),
                    ("naming", "naming"),
                    ("closure", "closure"),
                    ("reopening", "reopening"),
                    ("weighing", "weighing"),
                    ("handover", "handover"),
                    ("task", "task"),
                    ("task_given", "task_given"),
                    ("task_done", "task_done"),
                    ("task_cancelled", "task_cancelled"),
                    ("answer", "answer"),
                    ("shared", "shared"),
                    ("not_shared", "not_shared"),
                    ("notification", "notification"),
                    ("holder_told", "holder_told"),
                    ("disagreement", "disagreement"),
                    ("question", "question"),
                    ("withdrawal", "withdrawal"),
                    ("correction", "correction"),
                    ("move", "move"),
                    ("second_asked", "second_asked"),
                    ("second_signed", "second_signed"),
                    ("second_refused", "second_refused"),
                ],
                max_length=15,
            ),
        ),
        migrations.AddConstraint(
            model_name="concern",
            constraint=models.CheckConstraint(
                condition=models.Q(("reported_urgency__in", ["urgent", "routine"])),
                name="concern_reported_urgency_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="concern",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("acknowledged_at__isnull", True), ("owner__isnull", True)),
                    models.Q(("acknowledged_at__isnull", False), ("owner__isnull", False)),
                    _connector="OR",
                ),
                name="concern_is_owned_once_acknowledged",
            ),
        ),
        migrations.AddConstraint(
            model_name="exclusion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at__isnull", True)),
                fields=("concern", "staff"),
                name="exclusion_stands_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="exclusion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lifted_at__isnull", True), ("lifted_by__isnull", True)),
                    models.Q(("lifted_at__isnull", False), ("lifted_by__isnull", False)),
                    _connector="OR",
                ),
                name="exclusion_lifted_at_and_by",
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="agency",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="concerns.agency",
            ),
        ),
        migrations.AddField(
            model_name="link",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="school.staffmember",
            ),
        ),
        migrations.AddField(
            model_name="link",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="school.staffmember",
            ),
        ),
        migrations.AddField(
            model_name="link",
            name="first",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="concerns.concern"
            ),
        ),
        migrations.AddField(
            model_name="link",
            name="second",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="concerns.concern"
            ),
        ),
        migrations.AddField(
            model_name="moved",
            name="added_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="school.staffmember",
            ),
        ),
        migrations.AddField(
            model_name="moved",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="school.staffmember",
            ),
        ),
        migrations.AddField(
            model_name="moved",
            name="concern",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="moved",
                to="concerns.concern",
            ),
        ),
        migrations.AddField(
            model_name="moved",
            name="pupil",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="school.pupil"
            ),
        ),
        migrations.AddField(
            model_name="moved",
            name="row",
            field=models.ForeignKey(
                blank=True,
                help_text="The part that became the right pupil's; none where they had it already.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="moved",
                to="concerns.involved",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="cancelled_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="school.staffmember",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="chases",
            field=models.ForeignKey(
                blank=True,
                help_text="The referral whose answer it asks for; the answer ends it.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="chased_by",
                to="concerns.entry",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="concern",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tasks",
                to="concerns.concern",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="done_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="school.staffmember",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="school.staffmember",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="concern_tasks",
                to="school.staffmember",
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="task",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="concerns.task",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "decision"), _negated=True),
                    ("outcome__isnull", False),
                    _connector="OR",
                ),
                name="entry_decision_has_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "kind__in",
                            [
                                "addendum",
                                "decision",
                                "referral",
                                "closure",
                                "reopening",
                                "weighing",
                                "handover",
                                "task_done",
                                "task_cancelled",
                                "answer",
                                "shared",
                                "not_shared",
                                "disagreement",
                                "question",
                                "withdrawal",
                                "correction",
                                "move",
                                "second_refused",
                            ],
                        ),
                        _negated=True,
                    ),
                    django.db.models.lookups.GreaterThan(
                        django.db.models.functions.text.Length("text"), 0
                    ),
                    _connector="OR",
                ),
                name="entry_has_reasons",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["referral", "notification"]), _negated=True),
                    models.Q(("agency__isnull", False), ("dealt_at__isnull", False)),
                    _connector="OR",
                ),
                name="entry_says_who_outside_was_told_and_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "shared"), _negated=True),
                    models.Q(
                        ("dealt_at__isnull", False),
                        models.Q(
                            django.db.models.lookups.GreaterThan(
                                django.db.models.functions.text.Length("person"), 0
                            ),
                            ("agency__isnull", False),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="entry_says_with_whom_it_was_shared",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "notification"),
                        ("staff__isnull", False),
                        ("told_by__isnull", False),
                        ("holder_knows__isnull", False),
                    ),
                    models.Q(
                        models.Q(("kind", "notification"), _negated=True),
                        ("holder_knows__isnull", True),
                        ("told_by__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="entry_says_whose_report_it_was",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["answer", "withdrawal", "holder_told"]), _negated=True),
                    ("follows__isnull", False),
                    _connector="OR",
                ),
                name="entry_says_what_it_answers",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("dealt_at__isnull", True), ("dealt_at__lte", models.F("at")), _connector="OR"
                ),
                name="entry_was_noted_after_it_was_dealt_with",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__startswith", "task"), _negated=True),
                    ("task__isnull", False),
                    _connector="OR",
                ),
                name="entry_names_its_task",
            ),
        ),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__lt", models.F("second"))), name="link_has_one_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("first", "second"),
                name="link_stands_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="link_ended_at_and_by",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("cancelled_at__isnull", True), ("done_at__isnull", True)),
                fields=["owner"],
                name="task_open_of_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at__isnull", True), ("done_by__isnull", True)),
                    models.Q(("done_at__isnull", False), ("done_by__isnull", False)),
                    _connector="OR",
                ),
                name="task_done_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cancelled_at__isnull", True), ("cancelled_by__isnull", True)),
                    models.Q(("cancelled_at__isnull", False), ("cancelled_by__isnull", False)),
                    _connector="OR",
                ),
                name="task_cancelled_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("done_at__isnull", True), ("cancelled_at__isnull", True), _connector="OR"
                ),
                name="task_ends_once",
            ),
        ),
    ]
