/**
 * Files of a project that trains a model with Python's standard library alone, and writes it as MLflow's library writes a
 * folder: what is read and served is the same, and no environment has to be built.
 */
export function modelProject({
  name = "shop",
  model = "doubler",
  deployment = "{replicas: 1}",
  validate = 'test "$TRIBUTARY_MODEL_VERSION" -ge 1',
}: {
  readonly name?: string;
  readonly model?: string;
  readonly deployment?: string;
  readonly validate?: string;
} = {}): Record<string, string> {
  return {
    "ame.yaml": `name: ${name}
tasks:
  - name: fit
    executor: !custom {pythonVersion: 3, command: "python3 train.py ${model}"}
  - name: check
    executor: !custom {pythonVersion: 3, command: ${JSON.stringify(validate)}}
models:
  - name: ${model}
    training: {task: {taskRef: {name: fit}}}
    validationTask: {taskRef: {name: check}}
    deployment: ${deployment}
`,
    "train.py": train,
    "doubling.py": doubling,
  };
}

const train = `import os, pathlib, shutil, sys, time, urllib.parse, urllib.request, uuid

name = sys.argv[1]
root = pathlib.Path(urllib.request.url2pathname(urllib.parse.urlparse(os.environ["MLFLOW_TRACKING_URI"]).path))
now = int(time.time() * 1000)
run, model = uuid.uuid4().hex, "m-" + uuid.uuid4().hex
experiment = root / "0"
files = experiment / "models" / model / "artifacts"
(files / "code").mkdir(parents=True)
shutil.copy("doubling.py", files / "code" / "doubling.py")
registered = root / "models" / name
version = 1 + max([int(each.name[8:]) for each in registered.glob("version-*")], default=0)
(files / "data").write_text(str(version))
(files / "MLmodel").write_text("""flavors:
  python_function:
    code: code
    data: data
    loader_module: doubling
    python_version: %d.%d.0
""" % sys.version_info[:2])
folder = experiment / run
for part in ("metrics", "params"):
    (folder / part).mkdir(parents=True)
(folder / "meta.yaml").write_text("run_id: %s\\nrun_name: quick-fox\\nstatus: 3\\n" % run)
(folder / "metrics" / "rmse").write_text("%d 0.5 1\\n%d 0.25 2\\n" % (now, now))
(folder / "params" / "alpha").write_text("0.5")
place = registered / ("version-%d" % version)
place.mkdir(parents=True)
(place / "meta.yaml.new").write_text("""creation_timestamp: %d
name: %s
run_id: %s
source: models:/%s
status: READY
storage_location: %s
version: %d
""" % (now, name, run, model, files.as_uri(), version))
(place / "meta.yaml.new").rename(place / "meta.yaml")
print("trained version", version)
`;

const doubling = `import os, time

class Doubler:
    def __init__(self, version):
        self.version = version

    def predict(self, rows, params=None):
        rows = rows.to_dict(orient="records") if hasattr(rows, "to_dict") else rows
        if params and params.get("slow"):
            time.sleep(params["slow"])
        if params and params.get("crash"):
            os._exit(3)
        return [{"doubled": 2 * row["x"], "version": self.version} for row in rows]

def _load_pyfunc(path):
    with open(path) as file:
        return Doubler(int(file.read()))
`;
