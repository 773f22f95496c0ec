"""Unpacks what a CPU build needs from the wheels in argv[1] into argv[2]."""

import pathlib
import shutil
import sys
import zipfile

TORCH = {
    "torch/version.py",
    "torch/lib/libtorch_cpu.so",
    "torch/lib/libc10.so",
    "torch/lib/libtorch.so",
    "torch/lib/libtorch_global_deps.so",
    "torch/lib/libgomp.so.1",
}

wheels, folder = map(pathlib.Path, sys.argv[1:])
for wheel in wheels.glob("*.whl"):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if wheel.name.startswith("torch-"):
                wanted = name in TORCH or name.startswith(("torch/include/", "torch/share/"))
            else:
                wanted = "/lib/" in name
            if wanted and not name.endswith("/"):
                archive.extract(name, folder)
missing = [name for name in TORCH if not (folder / name).is_file()]
if missing:
    shutil.rmtree(folder)
    sys.exit(f"the wheel has no {', '.join(sorted(missing))}")
