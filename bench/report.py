"""Rows of bench/results/speed.jsonl as tables and plots for docs/PERFORMANCE.md."""
import itertools
import statistics

from machine import Notes, processor
from systems import ROOT, SOTTO, program_of

KINDS = ("speed", "ratio", "share", "ceiling", "batch", "depth", "speculation", "speculation_item", "head", "start", "warm_start", "resident", "resume",
         "memory", "cache", "eco", "quantize",
         "quantize_memory", "server")
TITLES = {"batch": "One call with several tokens, over one with a single token",
          "depth": "Writing at a depth, over writing at depth 0", "speculation": "Speculation without a second model",
          "speculation_item": "Speculation, text by text", "head": "The vocabulary head in two passes",
          "start": "Exec to the first byte of the answer", "warm_start": "Warm start", "resident": "Resident memory",
          "resume": "A session resumed from disk", "memory": "Memory of `sotto run`", "cache": "Keys and values of a context",
          "eco": "Writing with `--eco`",
          "quantize": "`sotto quantize` beside llama.cpp, two threads each, with the same importance matrix",
          "quantize_memory": "Memory of `sotto quantize` and `sotto imatrix`",
          "server": "`sotto serve` with many at once, beside llama.cpp's Python server"}
EXPLAINED = {"quantize_memory": "Peak: resident memory, with the pages of the mapped file, which the system takes back when it "
                                "needs them; own: without them."}
PLACES = {"date", "machine", "versions", "kind", "threads"}  # said elsewhere


def rates(row):
    return sorted(1000 * row["tokens"] / ms for ms in row["ms"])


def number(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "" if value is None else str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def cell(name, value):
    if isinstance(value, list) and value:
        return with_range(value)
    if name.endswith("_bytes") and value is not None:
        return f"{value / 1e6:,.0f} MB"
    return number(value)


def with_range(values):
    return f"{number(statistics.median(values))} ({number(min(values))} to {number(max(values))})"


def by_work(rows):
    """{(model, work): {kind: rows}} in the order of measuring."""
    found = {}
    for row in rows:
        if row["kind"] in ("speed", "ratio", "share"):
            found.setdefault((row["model"], row["work"]), {}).setdefault(row["kind"], []).append(row)
    return found


def speed_table(rows, notes):
    lines = ["| model | work | Sotto, tokens/s | fastest peer's way, tokens/s | pairs' ratio | share of the ceiling | |",
             "|---|---|---|---|---|---|---|"]
    for (model, work), kinds in by_work(rows).items():
        speeds = {row["system"]: row for row in kinds.get("speed", []) if row["tokens"]}
        ratios = [r for r in kinds.get("ratio", []) if r["way"] in speeds]  # others were measured at another time
        peers = "; ".join(f"{r['way']}: {number(statistics.median(rates(speeds[r['way']])))}" for r in ratios)
        beside = "; ".join(with_range(r["values"]) for r in ratios)
        shares = "; ".join(f"{100 * r['median']:.0f} % of {r['of']}" for r in kinds.get("share", []))
        if SOTTO in speeds:
            own = speeds[SOTTO]
            lines.append(f"| {model} | {work} | {with_range(rates(own))} | {peers} | {beside} | {shares} "
                         f"| {notes.mark(own)} |")
    return lines


def ceiling_table(rows, notes):
    lines = ["| beside | int8, GMAC/s: one core, both | f32, GMAC/s: one core, both "
             "| reading the model's size, GB/s: one core, both | reading 1 GiB, GB/s: one core, both | |",
             "|---|---|---|---|---|---|"]
    for row in rows:
        cells = [", ".join(number(statistics.median(row[key + end])) for end in ("_core", ""))
                 for key in ("int8_gmacs", "fma_gmacs", "model_read_gbs", "read_gbs")]
        lines.append(f"| {row['model']} | {' | '.join(cells)} | {notes.mark(row)} |")
    return lines


def plain_table(rows, notes):
    """Every figure of the rows, lists as median and range."""
    names = list(dict.fromkeys(name for row in rows for name in row if name not in PLACES))
    lines = [f"| {' | '.join(name.removesuffix('_bytes').replace('_', ' ') for name in names)} | |", "|---" * (len(names) + 1) + "|"]
    for row in rows:
        cells = [cell(name, row.get(name)) for name in names]
        lines.append(f"| {' | '.join(cells)} | {notes.mark(row)} |")
    return lines


def of_processors(rows):
    """The rows of each kind of processor, the one that was measured last first."""
    found = {}
    for row in sorted(rows, key=lambda row: row["date"], reverse=True):
        found.setdefault(processor(row), [])
    for row in rows:
        found[processor(row)].append(row)
    return found


def tables(rows):
    notes, parts = Notes(), ["![Tokens a second](performance.svg)", ""]
    for name, some in of_processors(rows).items():
        parts += [f"### {name}", "", *tables_of_processor(some, notes)]
    return "\n".join(parts) + "\n" + notes.text()


def tables_of_processor(rows, notes):
    parts = []
    for kind in KINDS:
        some = [row for row in rows if row["kind"] == kind]
        if not some:
            continue
        if kind == "speed":
            parts += ["#### Speed", "", *speed_table(rows, notes), ""]
        elif kind == "ceiling":
            parts += ["#### Ceilings of the machine, medians", "", *ceiling_table(some, notes), ""]
        elif kind in TITLES:
            explained = [EXPLAINED[kind], ""] if kind in EXPLAINED else []
            parts += [f"#### {TITLES[kind]}", "", *explained, *plain_table(some, notes), ""]
    return parts


def plot(rows):
    """A row of charts for each work, a chart for each model: Sotto and every peer, medians and ranges, on the processor
    where they were measured last."""
    measured = {name: some for name, some in of_processors(rows).items() if any(row["kind"] == "ratio" for row in some)}
    if not measured:
        return
    name, rows = next(iter(measured.items()))
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
    compared = {(r["model"], r["work"]) for r in rows if r["kind"] == "ratio"}
    rows = [r for r in rows if r["kind"] == "speed" and (r["model"], r["work"]) in compared]
    models, works = (list(dict.fromkeys(r[key] for r in rows)) for key in ("model", "work"))
    systems = sorted({r["system"] for r in rows}, key=lambda system: (system != SOTTO, program_of(system), system))
    colours = dict(zip(systems, itertools.cycle(("#2a6f97", "#a9a9a9", "#d0d0d0", "#c9a227", "#8d6a9f", "#6a994e"))))
    size = (2.2 * len(models), 2.2 * len(works) + 0.4)
    figure, grid = pyplot.subplots(len(works), len(models), figsize=size, squeeze=False, layout="constrained")
    for axes, work in zip(grid, works):
        for axis, model in zip(axes, models):
            draw(axis, model, work, [r for r in rows if (r["work"], r["model"]) == (work, model)], colours)
    handles = [pyplot.Rectangle((0, 0), 1, 1, color=colour) for colour in colours.values()]
    figure.supylabel(f"tokens a second, median and range; {name}", fontsize=9)
    figure.legend(handles, list(colours), loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(ROOT / "docs/performance.svg", metadata={"Date": None})


def draw(axis, model, work, bars, colours):
    axis.set_visible(bool(bars))
    axis.set_title(f"{model}\n{work}", fontsize=9)
    axis.set_xticks([])
    axis.spines[["top", "right"]].set_visible(False)
    for x, row in enumerate(bars):
        sorted_rates = rates(row)
        median = statistics.median(sorted_rates)
        axis.bar(x, median, yerr=[[median - sorted_rates[0]], [sorted_rates[-1] - median]], capsize=4,
                 color=colours[row["system"]])
        axis.text(x, median / 2, f"{median:.0f}", ha="center", color="black", backgroundcolor="#ffffffb0")
