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


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--model", default=os.path.join(shared, "models", "resnet18.onnx"))
    p.add_argument("--peers", default=os.path.join(shared, "bench", "peers.py"))
    p.add_argument("--pipeline"); p.add_argument("--rounds", type=int, default=5); p.add_argument("--seconds", type=float, default=2)
    p.add_argument("--threads", default="1,2"); p.add_argument("--batch", default="1,8")
    p.add_argument("--engines", default="ort,openvino,ncnn,openvino-bf16")
    a = p.parse_args()
    if not a.pipeline:
        a.pipeline = os.path.join(tempfile.mkdtemp(), "pipeline")
        subprocess.run(["go", "build", "-o", a.pipeline, "./cmd/pipeline"], cwd=root, check=True)

    times = collections.defaultdict(list)
    def record(name, result): times[name, result["threads"], result["batch"]].append(result["ms_median"])
    settings = [(t, b) for t in a.threads.split(",") for b in a.batch.split(",")]
    for r in range(a.rounds):
        for t, b in settings:
            for kernel in ("avx512", "avx2"):
                try:
                    for l in lines([a.pipeline, "backbone", "bench", "--backbone", a.model, "--forward-batch", b, "--workers", t,
                                    "--seconds", str(a.seconds), "--json"], {"PIPELINE_KERNEL": kernel}): record("pipeline-" + kernel, l)
                except subprocess.CalledProcessError:
                    pass                              # a level this machine does not have
            for e in a.engines.split(","):
                for l in lines([sys.executable, a.peers, a.model, "--engines", e, "--threads", t, "--batch", b,
                                "--seconds", str(a.seconds)]): record(e, l)
        print("round", r + 1, "of", a.rounds, file=sys.stderr)

    median = {k: statistics.median(v) for k, v in times.items()}
    engines = sorted({k[0] for k in median})
    print("ms an image   " + "".join("%16s" % ("%s thread, %s" % s) for s in settings))
    for e in engines:
        print("%-14s" % e + "".join("%16.2f" % median[e, int(t), int(b)] for t, b in settings))
    ours = "pipeline-avx512" if any(k[0] == "pipeline-avx512" for k in median) else "pipeline-avx2"
    for e in engines:
        print("%-14s" % ("/ " + e) + "".join("%16.3f" % (median[ours, int(t), int(b)] / median[e, int(t), int(b)]) for t, b in settings))


if __name__ == "__main__":
    main()
