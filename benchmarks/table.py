"""The table of a run: figure, target, seen, as Markdown."""

TARGETS = {
    ("latency", "p50_ms"): ("≤ 400", lambda seen: seen <= 400),
    ("latency", "ratio_serve"): ("≥ 15", lambda seen: seen >= 15),
    ("surge", "messages_per_s"): ("≥ 350", lambda seen: seen >= 350),
    ("surge", "ratio_bare"): ("≥ 0.85", lambda seen: seen >= 0.85),
    ("intake", "per_s"): ("≥ 600", lambda seen: seen >= 600),
    ("growth", "ratio_most_waiting"): ("≤ 1.2", lambda seen: seen <= 1.2),
    ("growth", "ratio_closed"): ("≤ 1.2", lambda seen: seen <= 1.2),
    ("growth", "engine_mb_100000_waiting"): ("≤ 400", lambda seen: seen <= 400),
    ("cold_start", "help_s"): ("< 0.5", lambda seen: seen < 0.5),
    ("look_up", "containment_scalar_per_s"): ("≥ 60,000", lambda seen: seen >= 60_000),
    ("look_up", "full_answer_bulk_per_s"): ("≥ 35,000", lambda seen: seen >= 35_000),
    ("boundaries", "containment_scalar_per_s"): ("≥ 40,000", lambda seen: seen >= 40_000),
    ("boundaries", "containment_bulk_per_s"): ("≥ 500,000", lambda seen: seen >= 500_000),
    ("boundaries", "full_answer_scalar_per_s"): ("≥ 20,000", lambda seen: seen >= 20_000),
    ("boundaries", "full_answer_bulk_per_s"): ("≥ 100,000", lambda seen: seen >= 100_000),
    ("boundaries", "opening_s"): ("≤ 2", lambda seen: seen <= 2),
    ("boundaries", "memory_over_polygons_mb"): ("≤ 200", lambda seen: seen <= 200),
    ("boundaries", "council_opening_s"): ("≤ 0.1", lambda seen: seen <= 0.1),
    ("boundaries", "council_memory_mb"): ("≤ 5", lambda seen: seen <= 5),
    ("boundaries", "relocating_s"): ("≤ 4", lambda seen: seen <= 4),
    ("boundaries", "bringing_in_s"): ("≤ 60", lambda seen: seen <= 60),
    ("contacts", "parsing_s"): ("≤ 1", lambda seen: seen <= 1),
    ("contacts", "batch_query_ms"): ("≤ 10", lambda seen: seen <= 10),
    ("pages", "render_cpu_ms"): ("≤ 5", lambda seen: seen <= 5),
    ("pages", "p95_ms"): ("≤ 150", lambda seen: seen <= 150),
    ("pages", "first_visit_kb"): ("≤ 60", lambda seen: seen <= 60),
    ("cases", "claiming_s"): ("≤ 10", lambda seen: seen <= 10),
    ("cases", "advancing_per_s"): ("≥ 300", lambda seen: seen >= 300),
    ("cases", "look_p50_ms"): ("≤ 5", lambda seen: seen <= 5),
    ("cases", "answer_p50_ms"): ("≤ 500", lambda seen: seen <= 500),
    ("cases", "answering_page_p95_ms"): ("≤ 100", lambda seen: seen <= 100),
    ("definitions", "slowest_ms"): ("≤ 50", lambda seen: seen <= 50),
    ("definitions", "8_questions_20_rules_s"): ("≤ 0.3", lambda seen: seen <= 0.3),
    ("definitions", "16_questions_30_rules_s"): ("≤ 3", lambda seen: seen <= 3),
    ("idle", "pss_mb"): ("≤ 560", lambda seen: seen <= 560),
    ("idle", "cpu_percent"): ("≤ 3", lambda seen: seen <= 3),
    ("contacts", "pages_sent_again"): ("the pages that changed", lambda seen: seen == 7),
    ("boundaries", "bringing_in_most_mb"): ("≤ 600", lambda seen: seen <= 600),
    ("boundaries", "ratio_loading_cpu"): ("≤ 2", lambda seen: seen <= 2),
    ("boundaries", "ratio_loading_memory"): ("≤ 1.5", lambda seen: seen <= 1.5),
}


def lines(found: dict[str, dict], *, judged: bool = True) -> list[str]:
    """One line a figure; where there is a target, whether it is met."""
    where = found["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in where["packages"].items())
    rows = [
        f"{where['processor']}, {where['cores']} cores, {where['memory_gb']} GB, {where['platform']}.",
        f"Python {where['python']}, PostgreSQL {where['postgresql']}, {packages}.",
        f"Commit {where['commit']}, {where['date']}.",
        "",
        "| part | figure | seen | target | met |",
        "|---|---|---:|---:|---|",
    ]
    for part, figures in found.items():
        if part == "machine":
            continue
        for name, seen in figures.items():
            target, is_met = TARGETS.get((part, name), ("", None)) if judged else ("", None)
            met = "" if is_met is None else "yes" if is_met(seen) else "**no**"
            rows.append(f"| {part.replace('_', ' ')} | {name} | {_shown(seen)} | {target} | {met} |")
    return rows


def _shown(seen: object) -> str:
    if isinstance(seen, dict):
        return ", ".join(f"{key}: {value}" for key, value in seen.items())
    return f"{seen:,}" if isinstance(seen, int) else str(seen)
