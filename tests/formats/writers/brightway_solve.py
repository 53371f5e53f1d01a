"""Run by the interpreter that has bw2calc: score of each activity of a data package, and sampled scores, as JSON."""

import json
import sys
import zipfile

import bw2calc
import bw_processing
from fsspec.implementations.zip import ZipFileSystem

path = sys.argv[1]
package = bw_processing.load_datapackage(ZipFileSystem(path))
with zipfile.ZipFile(path) as archive:
    labels = json.loads(archive.read("labels.json"))
activities = [one for one in labels if one["kind"] == "activity"]
lca = bw2calc.LCA(demand={activities[0]["number"]: 1.0}, data_objs=[package])
lca.lci()
lca.lcia()
scores = {}
for one in activities:
    lca.lcia({one["number"]: 1.0})
    scores[one["id"]] = float(lca.score)
everything = {one["number"]: 1.0 for one in activities}
drawn = bw2calc.LCA(demand=everything, data_objs=[package], use_distributions=True, seed_override=1)
drawn.lci()
drawn.lcia()
samples = [float(drawn.score)]
for _ in range(20):
    next(drawn)
    samples.append(float(drawn.score))
sys.stdout.write(json.dumps({"scores": scores, "samples": samples}))
