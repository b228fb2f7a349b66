"""Compare the backbone with ONNX Runtime, OpenVINO and ncnn, interleaved in one run.

usage: engine.py [--model FILE.onnx] [--peers peers.py] [--pipeline FILE] [--rounds 5]
                 [--threads 1,2] [--batch 1,8] [--seconds 2] [--engines ort,openvino,ncnn,openvino-bf16]

Needs the peers' Python packages (see the peers script). Builds the pipeline command unless
--pipeline names one. In every round each engine runs each setting once, for the given seconds;
a setting's figure is the median over rounds of the medians. Prints a table of ms per image and, on the
last lines, our time as a share of each peer's. Run it on an idle machine; compare ratios, never
figures from different runs.
"""
import argparse, collections, json, os, statistics, subprocess, sys, tempfile

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
shared = os.path.join(os.path.dirname(root), "shared")


def lines(cmd, env=None):
    out = subprocess.run(cmd, check=True, stdout=subprocess.PIPE, env=dict(os.environ, **env) if env else None).stdout
    return [json.loads(l) for l in out.decode().splitlines() if l.startswith("{")]


def measure(model, pipeline, peers, engines, settings, rounds, seconds):
    """Median ms an image by (engine, threads, batch), with every engine and setting in turn in each round.

    Ours stands under pipeline-avx512 and pipeline-avx2; a level that fails once (this machine lacks it, or
    the model is refused) says why on stderr and is left out from then on.
    """
    times, absent = collections.defaultdict(list), set()
    def record(name, result): times[name, result["threads"], result["batch"]].append(result["ms_median"])
    for r in range(rounds):
        for t, b in settings:
            for kernel in ("avx512", "avx2"):
                if kernel in absent:
                    continue
                try:
                    for l in lines([pipeline, "backbone", "bench", "--backbone", model, "--forward-batch", str(b), "--workers", str(t),
                                    "--seconds", str(seconds), "--json"], {"PIPELINE_KERNEL": kernel}): record("pipeline-" + kernel, l)
                except subprocess.CalledProcessError:
                    absent.add(kernel)
            for e in engines:
                for l in lines([sys.executable, peers, model, "--engines", e, "--threads", str(t), "--batch", str(b),
                                "--seconds", str(seconds)]): record(e, l)
        print("round", r + 1, "of", rounds, file=sys.stderr)
    return {k: statistics.median(v) for k, v in times.items()}


def build():
    """Builds the pipeline command and gives its path."""
    path = os.path.join(tempfile.mkdtemp(), "pipeline")
    subprocess.run(["go", "build", "-o", path, "./cmd/pipeline"], cwd=root, check=True)
    return path


def flags(p, engines):
    """Adds the flags that every comparison has."""
    p.add_argument("--peers", default=os.path.join(shared, "bench", "peers.py"))
    p.add_argument("--pipeline"); p.add_argument("--rounds", type=int, default=5); p.add_argument("--seconds", type=float, default=2)
    p.add_argument("--threads", default="1,2"); p.add_argument("--batch", default="1,8")
    p.add_argument("--engines", default=engines)


def settings(a):
    return [(int(t), int(b)) for t in a.threads.split(",") for b in a.batch.split(",")]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--model", default=os.path.join(shared, "models", "resnet18.onnx"))
    flags(p, "ort,openvino,ncnn,openvino-bf16")
    a = p.parse_args()
    columns = settings(a)
    median = measure(a.model, a.pipeline or build(), a.peers, a.engines.split(","), columns, a.rounds, a.seconds)
    engines = sorted({k[0] for k in median})
    print("ms an image   " + "".join("%16s" % ("%s thread, %s" % s) for s in columns))
    for e in engines:
        print("%-14s" % e + "".join("%16.2f" % median[e, t, b] for t, b in columns))
    ours = "pipeline-avx512" if "pipeline-avx512" in engines else "pipeline-avx2"
    for e in engines:
        print("%-14s" % ("/ " + e) + "".join("%16.3f" % (median[ours, t, b] / median[e, t, b]) for t, b in columns))


if __name__ == "__main__":
    main()
