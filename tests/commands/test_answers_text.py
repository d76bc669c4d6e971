from tests.commands.stage import Stage, alarm, measurement


def test_the_matching_rule_is_shown_with_its_line_and_what_held(stage: Stage) -> None:
    shown = stage.dry_run(alarm()).stdout
    assert "✓ freezer limits" in shown
    assert "rules.yaml:22  → policy freezers" in shown
    assert "one of Upper limit, Lower limit" in shown


def test_the_others_are_shown_with_the_field_that_failed_and_its_value(stage: Stage) -> None:
    lines = stage.dry_run(alarm()).stdout.splitlines()
    at = next(number for number, each in enumerate(lines) if "✗ cellar" in each)
    assert lines[at + 1].split() == ["labels.room", "absent", "wanted", "Cellar"]


def test_who_is_told_is_shown_with_the_time_after_the_event(stage: Stage) -> None:
    shown = stage.dry_run(alarm(), options=()).stdout
    assert "If nobody acknowledges (Europe/Berlin):" in shown
    assert "11:05:00  +5m   step 2    ops" in shown
    assert "11:20:00  +20m  fallback  ops" in shown


def test_the_texts_are_shown_when_asked_for(stage: Stage) -> None:
    assert "      | " not in stage.dry_run(alarm()).stdout
    shown = stage.dry_run(alarm(), options=("--texts",)).stdout
    assert "      | " in shown
    assert "9.3" in shown


def test_an_unrouted_alarm_is_said_loudly(stage: Stage) -> None:
    assert "No rule matches: this alarm is unrouted" in stage.dry_run(alarm(alarm_severity="Warning")).stdout


def test_a_recovery_and_a_measurement_say_why_nobody_is_told(stage: Stage) -> None:
    shown = stage.dry_run(alarm(alarm_status="Ok"), measurement()).stdout
    assert "1 of 2" in shown
    assert "A recovery: it resolves the alert with its key" in shown
    assert "A measurement that no rule matches" in shown


def test_an_ignored_event_says_why(stage: Stage) -> None:
    shown = stage.dry_run(alarm(alarm_severity="Warning", alarm_condition_type="Battery low")).stdout
    assert "→ ignored: changed every January" in shown
    assert "Nobody is told." in shown
    assert "Something in it is unknown" in shown


def test_only_the_nearest_rules_are_shown_unless_all_are_asked_for(stage: Stage) -> None:
    more = "".join(f"  - {{name: other {n}, match: {{serial_number: 's{n}'}}, policy: cellar}}\n" for n in range(9))
    stage.write("rules.yaml", stage.rules.read_text("utf-8") + more)
    few = stage.dry_run(alarm(alarm_severity="Warning")).stdout
    assert few.count("✗ ") == 3
    assert "✗ freezer limits" in few
    assert "9 more rules did not match (--all-rules shows them)" in few
    assert stage.dry_run(alarm(alarm_severity="Warning"), options=("--all-rules",)).stdout.count("✗ ") == 12


def test_an_alarm_cannot_steer_the_terminal_of_the_reader(stage: Stage) -> None:
    shown = stage.dry_run(alarm(alarm_condition_type="\u001b[2J\u202eUpper\nlimit")).stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "�[2J�Upper limit" in shown


def test_absence_and_negation_read_like_sentences(stage: Stage) -> None:
    rules = (
        "  - {name: odd, match: {serial_number: {present: true}, message: {not: [a, b]}, value: {above: 10.5}}, "
        "policy: cellar}\n"
        "  - {name: even, match: {source_uuid: {present: false}}, policy: cellar}\n"
    )
    stage.write("rules.yaml", stage.rules.read_text("utf-8") + rules)
    shown = stage.dry_run(alarm(alarm_severity="Warning"), options=("--all-rules",)).stdout
    assert "wanted to be present" in shown
    assert "wanted to be absent" in shown
    assert "wanted above 10.5" in shown


def test_a_rule_that_does_not_name_the_kind_says_so_to_a_measurement(stage: Stage) -> None:
    shown = stage.dry_run(measurement()).stdout
    assert "wanted kind: measurement in the match" in shown


def test_an_alternative_that_failed_in_a_rule_that_matched_is_shown_too(stage: Stage) -> None:
    rule = "  - {name: either, match: {any: [{severity: Warning}, {value: {above: 99}}]}, policy: cellar}\n"
    stage.write("rules.yaml", stage.rules.read_text("utf-8") + rule)
    shown = stage.dry_run(alarm(alarm_severity="Warning")).stdout
    assert "✓ either" in shown
    assert "wanted above 99" in shown
