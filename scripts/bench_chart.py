"""Charts of the benchmark: SVG from the numbers, readable on light and dark pages, without a library."""

import math

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 720, 330, 70, 46, 44
# Readable on white as on black; a line has a shape beside its colour.
COLOURS = ("#3b82f6", "#d97706", "#10b981", "#8b5cf6", "#ef4444")
STYLE = """<style>
text { font: 13px sans-serif; fill: #57606a; }
.title { font-size: 15px; font-weight: bold; }
.grid { stroke: #8b949e; stroke-opacity: .35; }
@media (prefers-color-scheme: dark) { text { fill: #adbac7; } }
</style>
"""


def log_scale(low, high, start, end):
    """From values to places, by their logarithms; and the powers of ten between them."""
    low, high = math.floor(math.log10(low)), math.ceil(math.log10(high))
    at = lambda value: start + (math.log10(value) - low) / max(high - low, 1) * (end - start)
    return at, [10.0**power for power in range(low, high + 1)]


def number(value):
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def text(x, y, words, anchor="start", kind=""):
    words = str(words).replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{words}</text>\n'


def page(title, body, height=HEIGHT):
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">\n'
    return f"{head}<title>{title}</title>\n{STYLE}{text(LEFT, 24, title, kind='title')}{body}</svg>\n"


def lines(title, below, series):
    """Curves over two logarithmic axes: `series` are a name and points of x and y."""
    points = [point for _, curve in series for point in curve]
    right, floor = WIDTH - 170, HEIGHT - BOTTOM
    x_at, x_marks = log_scale(min(x for x, _ in points), max(x for x, _ in points), LEFT, right)
    y_at, y_marks = log_scale(min(y for _, y in points), max(y for _, y in points), floor, TOP)
    body = ""
    for mark in x_marks:
        body += f'<path class="grid" d="M{x_at(mark):.1f} {TOP}V{floor}"/>\n'
        body += text(x_at(mark), floor + 18, number(mark), "middle")
    for mark in y_marks:
        body += f'<path class="grid" d="M{LEFT} {y_at(mark):.1f}H{right}"/>\n'
        body += text(LEFT - 8, y_at(mark) + 4, number(mark), "end")
    for place, (name, curve) in enumerate(series):
        colour = COLOURS[place % len(COLOURS)]
        path = "L".join(f"{x_at(x):.1f} {y_at(y):.1f}" for x, y in curve)
        dash = f' stroke-dasharray="{3 * place} 3"' if place else ""
        body += f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2.5"{dash}/>\n'
        for x, y in curve:
            body += f'<circle cx="{x_at(x):.1f}" cy="{y_at(y):.1f}" r="3.5" fill="{colour}"/>\n'
        body += text(x_at(curve[-1][0]) + 10, y_at(curve[-1][1]) + 4, name)
    return page(title, body + text((LEFT + right) / 2, HEIGHT - 6, below, "middle"))


def bars(title, rows, unit):
    """A logarithmic bar for each row of a name, a value and which colour."""
    left, right, step = 230, WIDTH - 90, 26
    low = min(value for _, value, _ in rows)
    at, marks = log_scale(low, max(value for _, value, _ in rows), left, right)
    height = TOP + step * len(rows) + 34
    body = ""
    for mark in marks:
        body += f'<path class="grid" d="M{at(mark):.1f} {TOP - 6}V{height - 30}"/>\n'
        body += text(at(mark), height - 12, f"{number(mark)} {unit}", "middle")
    for place, (name, value, colour) in enumerate(rows):
        top = TOP + step * place
        body += text(left - 8, top + 14, name, "end")
        width = max(at(value) - left, 2)
        body += f'<rect x="{left}" y="{top}" width="{width:.1f}" height="18" rx="3" fill="{COLOURS[colour]}"/>\n'
        shown = f"{value:,.2f}" if value < 10 else f"{value:,.0f}"
        body += text(left + width + 6, top + 14, f"{shown} {unit}")
    return page(title, body, height)


def waits(rows):
    """What a TAB takes, project by project."""
    bar = []
    for row in rows:
        name = row["project"]
        bar.append((f"{name}: Pivot's own", row["pivots"], 1))
        bar.append(("bare discovery", row["bare"], 3))
        bar.append(("ours, needed miss", row["ours"], 0))
        bar.append(("ours, 1 s after a save, watched", row["watched"][1.0][0], 0))
        bar.append(("ours, edit that changes no name", row["inert"], 0))
        bar.append(("ours, hit", row["hit"], 2))
    return bars("What a TAB takes", bar, "ms")


def growth(rows):
    curve = lambda kind: [(row["count"], row["us"] / 1e3) for row in rows if row["kind"] == kind]
    series = [(f"by {kind}", curve(kind)) for kind in ("stages", "inputs")]
    return lines("A hit as a project grows (ms of the processor, one name of all)", "stages, or inputs", series)


def peers(rows):
    of = lambda name: 0 if name == "pivot-complete" else 3 if "alone" in name or "/bin" in name else 1
    bar = [(row["peer"], row["ms"], of(row["peer"])) for row in sorted(rows, key=lambda row: row["ms"])]
    return bars("One of 108 names, completed by others", bar, "ms")
