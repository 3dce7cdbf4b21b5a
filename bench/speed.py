"""Speed of the forward pass: Sotto and its peers in turns, and Sotto beside the machine's ceilings, pair by pair."""
import statistics
import sys
import time
import typing

from systems import SOTTO, THREADS, Field, program_of

PAUSE_S = 0.2  # threads that still wait for work go to sleep


class Run(typing.NamedTuple):
    """Reads a prompt, then writes: llama-bench's pp<n_prompt>, and tg<n_gen> at the depth that the prompt makes."""
    n_prompt: int
    n_gen: int
    alone: bool = False  # peers need not run it: it is compared with other work of Sotto's

    def works(self):
        """Name, tokens and field of the answer, of what one run measures."""
        depth = f"@d{self.n_prompt}" if self.n_prompt else ""
        if self.n_prompt:
            yield f"pp{self.n_prompt}", self.n_prompt, "prompt_ms"
        if self.n_gen:
            yield f"tg{self.n_gen}{depth}", self.n_gen, "gen_ms"

    @property
    def has_ceiling(self):
        return self.n_prompt == 512 or self.n_prompt == 0


class Plan(typing.NamedTuple):
    """What is measured of a model."""
    runs: list
    batches: tuple = ()      # tokens a call, compared with one
    depth: tuple = ()        # (deep work, work at depth 0), compared with each other

    @property
    def ctx_tokens(self):
        """What peers need; 0: they have nothing to do."""
        return max((run.n_prompt + run.n_gen + 64 for run in self.runs if not run.alone), default=0)


DEEP = [Run(4096, 32), Run(8000, 32, alone=True)]
PLANS = {
    "smollm2": Plan([Run(512, 0), Run(32, 0), Run(0, 128), *DEEP], (4, 8), ("tg32@d8000", "tg128")),
    "gemma3:270m": Plan([Run(512, 0), Run(32, 0), Run(0, 128), Run(4096, 32)]),
}
PLAN_OF_SHAPES = Plan([Run(512, 0), Run(32, 0), Run(0, 64)])
PLAN_OF_1B = PLAN_OF_SHAPES._replace(batches=(4, 8))


def plan_of(name, works):
    plan = PLANS.get(name) or (PLAN_OF_1B if name.startswith("1b-") else PLAN_OF_SHAPES)
    if not works:
        return plan
    depth = plan.depth if plan.depth and plan.depth[0] in works else ()
    runs = [run for run in plan.runs if any(work in (*works, *depth) for work, _, _ in run.works())]
    return plan._replace(runs=runs, depth=depth, batches=tuple(n for n in plan.batches if f"batch{n}" in works))


class Rounds:
    """The figures of all rounds of one model: samples[work, system] and, beside them, the ceilings of the moment."""

    def __init__(self):
        self.samples, self.ceilings, self.batch_ms = {}, {}, {}

    def measure(self, field, plan, n_round):
        for run in plan.runs:
            order = [SOTTO] if run.alone else list(field.ways)
            order = order[n_round % len(order):] + order[: n_round % len(order)]
            for system in order:
                answer = field.measure(system, run)
                for work, _, _ in run.works():
                    self.samples.setdefault((work, system), []).append(answer)
                time.sleep(PAUSE_S)
                if system == SOTTO and run.has_ceiling:
                    for work, _, _ in run.works():
                        self.ceilings.setdefault(work, []).append(field.ceiling())
        for n_tokens in (1, *plan.batches) if plan.batches else ():
            answer = field.sotto.ask(f"batch {n_tokens} 16")
            self.batch_ms.setdefault(n_tokens, []).append(answer["batch_ms"])


def spread(values):
    return {"values": values, "median": statistics.median(values)}


class Rows:
    """The rows of one model's rounds."""

    def __init__(self, name, facts, plan, rounds):
        self.name, self.facts, self.plan, self.rounds = name, facts, plan, rounds
        self.works = {work: (tokens, field) for run in plan.runs for work, tokens, field in run.works()}

    def ms(self, work, system=SOTTO):
        _, field = self.works[work]
        return [sample[field] for sample in self.rounds.samples[work, system]]

    def works_of(self, work):
        """All that the run measures which measures `work`."""
        return next(works for works in ([w for w, _, _ in run.works()] for run in self.plan.runs) if work in works)

    def row(self, kind, work, **figures):
        return {"kind": kind, "model": self.name, "work": work, "threads": THREADS, **figures}

    def speeds(self):
        for (work, system), samples in self.rounds.samples.items():
            figures = {"system": system, "tokens": self.works[work][0], "ms": self.ms(work, system)}
            if len(self.works_of(work)) == 1:  # elsewhere the processor's time is that of two works
                figures["cpu_ms"] = [sample["cpu_ms"] for sample in samples if "cpu_ms" in sample]
                figures["joules"] = [sample.get("joules") for sample in samples]
            yield self.row("speed", work, **figures)

    def ratios(self):
        """Sotto's speed over the fastest of a peer's ways, round by round."""
        for work in self.works:
            ways = {}
            for other, system in self.rounds.samples:
                if other == work and system != SOTTO:
                    ways.setdefault(program_of(system), []).append(system)
            for peer, systems in ways.items():
                best = min(systems, key=lambda system: statistics.median(self.ms(work, system)))
                pairs = [theirs / ours for theirs, ours in zip(self.ms(work, best), self.ms(work))]
                yield self.row("ratio", work, peer=peer, way=best, **spread(pairs))

    def shares(self):
        for work, ceilings in self.rounds.ceilings.items():
            if work.startswith("pp"):
                yield from self.prefill_share(work, ceilings)
            else:
                yield from self.decode_share(work, ceilings)

    def prefill_share(self, work, ceilings):
        """Of the int8 ceiling, counting the weights of the layers; beside it with attention and the head's one row."""
        tokens, _ = self.works[work]
        blocks = tokens * self.facts["block_macs"]
        attention = self.rounds.samples[work, SOTTO][0]["prompt_attention_macs"]
        pairs = [(ms, c["int8_gmacs"]) for ms, c in zip(self.ms(work), ceilings)]
        of_blocks = [blocks / ms / 1e6 / most for ms, most in pairs]
        of_all = [(blocks + attention + self.facts["head_macs"]) / ms / 1e6 / most for ms, most in pairs]
        yield self.row("share", work, of="int8 ceiling", block_macs=blocks, attention_macs=attention,
                       head_macs=self.facts["head_macs"], median_of_all=statistics.median(of_all), **spread(of_blocks))

    def decode_share(self, work, ceilings):
        """Of what a buffer of the weights' size is read with; beside it of memory far larger than the caches."""
        tokens, _ = self.works[work]
        n_bytes = self.facts["block_bytes"] + self.facts["head_bytes"]
        gbs = [tokens * n_bytes / ms / 1e6 for ms in self.ms(work)]
        of_size = [g / c["model_read_gbs"] for g, c in zip(gbs, ceilings)]
        of_memory = [g / c["read_gbs"] for g, c in zip(gbs, ceilings)]
        yield self.row("share", work, of="read bandwidth", bytes_per_token=n_bytes,
                       median_of_memory=statistics.median(of_memory), **spread(of_size))

    def ceilings(self):
        every = [c for ceilings in self.rounds.ceilings.values() for c in ceilings]
        if every:
            yield self.row("ceiling", "ceiling", **{key: [c[key] for c in every] for key in every[0]})

    def batches(self):
        """The time of one call with n tokens over that with one, logits for each."""
        ms = self.rounds.batch_ms
        for n_tokens in self.plan.batches:
            pairs = [many / one for many, one in zip(ms[n_tokens], ms[1])]
            yield self.row("batch", f"batch{n_tokens}", ms=ms[n_tokens], one_ms=ms[1], **spread(pairs))

    def depths(self):
        """Tokens a second at a depth over those at depth 0, in the same round."""
        if self.plan.depth:
            deep, flat = self.plan.depth
            rates = [[self.works[work][0] / ms for ms in self.ms(work)] for work in (deep, flat)]
            yield self.row("depth", deep, against=flat, **spread([d / f for d, f in zip(*rates)]))

    def all(self):
        for rows in (self.speeds, self.ratios, self.shares, self.ceilings, self.batches, self.depths):
            yield from rows()


def measure_speed(name, model, rounds, works, all_peers):
    plan = plan_of(name, works)
    if not plan.runs and not plan.batches:
        return []
    found = Rounds()
    with Field(model, plan.ctx_tokens, all_peers) as field:
        for system in field.ways:
            field.measure(system, Run(64, 8))
        for n in range(rounds):
            print(f"{name}: round {n + 1} of {rounds}", file=sys.stderr)
            found.measure(field, plan, n)
        return list(Rows(name, field.sotto.facts, plan, found).all())
