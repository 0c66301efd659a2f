#!/usr/bin/env python3
"""Fetches the pinned wheels of wheels.txt and unpacks what the build needs of them: LibTorch into <prefix>/site, Arrow into
<prefix>/arrow.

Not an installer: nothing enters anybody's Python; pip only serves as the client of the package registry, with the
hashes of wheels.txt required.  Nothing here runs when the product runs.

A finished folder carries a stamp (its wheels and what is kept of them); with a matching stamp there is nothing to do.
A wheel that is already complete is not fetched again.  Unpacking goes into a new folder that replaces the old one when
all of it is there, so an interruption at any moment leaves either the old state or the new one.
Exit codes: 0 fine, 2 usage, 5 pip is missing, 7 disk, 3 download or hash.
"""
import argparse
import fcntl
import fnmatch
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
WHEELS = os.path.join(HERE, "wheels.txt")
PYTHON_TAG = "3.11"
PLATFORMS = ["manylinux_2_28_x86_64", "manylinux_2_25_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"]
# What each folder of the prefix holds: which wheels, what is kept of them, what must be there, and the disk that it takes.
# site: headers, the CPU libraries, and the two CUDA libraries that libtorch_cpu.so names as needed.
GROUPS = {
    "site": {"label": "LibTorch", "wheels": ["torch", "nvidia-cuda-runtime", "nvidia-cuda-cupti"],
             "kept": ["torch/include/*", "torch/lib/libc10.so", "torch/lib/libgomp.so.1", "torch/lib/libtorch_cpu.so",
                      "nvidia/cu13/lib/libcudart.so.13", "nvidia/cu13/lib/libcupti.so.13", "*.dist-info/licenses/*",
                      "*.dist-info/License.txt"],
             "required": ["torch/include/torch/csrc/api/include/torch/torch.h", "torch/lib/libc10.so",
                          "torch/lib/libtorch_cpu.so", "nvidia/cu13/lib/libcudart.so.13", "nvidia/cu13/lib/libcupti.so.13"],
             "needed_bytes": 2 * 2**30},  # wheels, the unpacked folder and pip's own temporary copy
    "arrow": {"label": "Arrow", "wheels": ["pyarrow"],
              "kept": ["pyarrow/include/arrow/*", "pyarrow/include/parquet/*", "pyarrow/libarrow.so.*",
                       "pyarrow/libparquet.so.*", "*.dist-info/licenses/*"],
              "required": ["pyarrow/include/parquet/arrow/reader.h", "pyarrow/include/arrow/api.h"],
              "needed_bytes": 2**28}}
ATTEMPTS = 3


class Problem(Exception):
    def __init__(self, code, sentence):
        super().__init__(sentence)
        self.code = code


def say(text):
    print("toolchain: " + text, file=sys.stderr, flush=True)


def pinned(group):
    """[(requirement, sha256)] of a group, in its order."""
    with open(WHEELS) as file:
        rows = re.findall(r"^([\w.-]+==[\w.]+) --hash=sha256:([0-9a-f]{64})$", file.read(), re.MULTILINE)
    found = {row[0].split("==")[0]: row for row in rows}
    missing = [name for name in GROUPS[group]["wheels"] if name not in found]
    if missing:
        raise Problem(2, f"{WHEELS}: required a line '{missing[0]}==version --hash=sha256:...', found none; restore the file")
    return [found[name] for name in GROUPS[group]["wheels"]]


def stamp_text(group):
    digest = hashlib.sha256()
    digest.update(repr((pinned(group), GROUPS[group]["kept"], GROUPS[group]["required"])).encode())
    return digest.hexdigest() + "\n"


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def wheel_of(folder, requirement, digest):
    """The complete wheel of a requirement in the folder, or None; a damaged one is removed."""
    name, version = requirement.replace("-", "_").split("==")
    for file in sorted(os.listdir(folder)):
        if not (file.startswith(f"{name}-{version}-") and file.endswith(".whl")):
            continue
        path = os.path.join(folder, file)
        if sha256_of(path) == digest:
            return path
        say(f"{file}: required sha256 {digest[:12]}..., found another; fetching it again")
        os.unlink(path)
    return None


def pip_command():
    """The first interpreter that has pip."""
    for python in (sys.executable, "/usr/bin/python3"):
        command = [python, "-m", "pip"]
        if subprocess.run(command + ["--version"], capture_output=True).returncode == 0:
            return command
    raise Problem(5, "required pip to fetch wheels, found none; install the package python3-pip and repeat")


def download(folder, requirement, digest):
    pin = os.path.join(folder, "pin.txt")
    with open(pin, "w") as file:
        file.write(f"{requirement} --hash=sha256:{digest}\n")
    pip = pip_command()
    options = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--implementation", "cp",
               "--python-version", PYTHON_TAG, "--disable-pip-version-check", "--dest", folder, "-r", pin]
    for platform in PLATFORMS:
        options += ["--platform", platform]
    if "--resume-retries" in subprocess.run(pip + ["download", "--help"], capture_output=True, text=True).stdout:
        options += ["--resume-retries", "5"]
    for attempt in range(1, ATTEMPTS + 1):
        # pip reports progress on its standard output; ours carries nothing.
        if subprocess.run(pip + ["download"] + options, stdout=sys.stderr).returncode == 0:
            break
        if attempt < ATTEMPTS:
            say(f"{requirement}: attempt {attempt} of {ATTEMPTS} failed, trying again")
            time.sleep(2 * attempt)
    os.unlink(pin)
    found = wheel_of(folder, requirement, digest)
    if found is None:
        raise Problem(3, f"{requirement}: required a download with the pinned hash, pip gave none in {ATTEMPTS} attempts "
                         "(its own words are above); check the network and the package index that pip uses, then repeat")
    return found


def kept(group, name):
    return not name.endswith("/") and any(fnmatch.fnmatchcase(name, pattern) for pattern in GROUPS[group]["kept"])


def unpack(group, wheel, site):
    """Extracts the kept members with the archive's own times, so that a second unpacking rebuilds nothing."""
    root = os.path.realpath(site)
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            if not kept(group, info.filename):
                continue
            target = os.path.realpath(os.path.join(root, info.filename))
            if not target.startswith(root + os.sep):
                raise Problem(3, f"{wheel}: required members inside the wheel, '{info.filename}' leaves it; do not use it")
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with archive.open(info) as source, open(target, "wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
            when = time.mktime(info.date_time + (0, 0, -1))
            os.utime(target, (when, when))


def build_group(prefix, group, wheels):
    fresh, site, old = (os.path.join(prefix, group + suffix) for suffix in (".new", "", ".old"))
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    os.makedirs(fresh)
    for wheel in wheels:
        say(f"unpacking {os.path.basename(wheel)}")
        unpack(group, wheel, fresh)
    for name in GROUPS[group]["required"]:
        if not os.path.exists(os.path.join(fresh, name)):
            raise Problem(3, f"required {name} in the wheels of wheels.txt, found none; pin versions that hold it")
    with open(os.path.join(fresh, "stamp"), "w") as file:
        file.write(stamp_text(group))
    if os.path.exists(site):
        os.rename(site, old)
    os.rename(fresh, site)
    shutil.rmtree(old, ignore_errors=True)


def is_current(prefix, group):
    try:
        with open(os.path.join(prefix, group, "stamp")) as file:
            return file.read() == stamp_text(group)
    except OSError:
        return False


def fetch(prefix, group):
    if is_current(prefix, group):
        return
    folder = os.path.join(prefix, "wheels")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(prefix, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second fetch waits for the first, then finds it done
        if is_current(prefix, group):
            return
        free, needed = shutil.disk_usage(prefix).free, GROUPS[group]["needed_bytes"]
        if free < needed:
            raise Problem(7, f"{prefix}: required {needed >> 20} MiB of free space, found {free >> 20} MiB; free some and repeat")
        os.makedirs(folder, exist_ok=True)
        started = time.monotonic()
        wheels = []
        for requirement, digest in pinned(group):
            found = wheel_of(folder, requirement, digest)
            if found is None:
                say(f"fetching {requirement}")
                found = download(folder, requirement, digest)
            wheels.append(found)
        fetched = time.monotonic()
        build_group(prefix, group, wheels)
        for wheel in wheels:
            os.unlink(wheel)
        if not os.listdir(folder):
            os.rmdir(folder)
        say(f"{GROUPS[group]['label']} is in {os.path.join(prefix, group)} "
            f"(download {fetched - started:.0f} s, unpacking {time.monotonic() - fetched:.0f} s)")


def main():
    parser = argparse.ArgumentParser(description="fetch and unpack the pinned wheels of wheels.txt")
    parser.add_argument("prefix", help="the folder that receives site/ and arrow/ (the build expects .deps)")
    parser.add_argument("--only", choices=sorted(GROUPS), help="fetch one of the two")
    try:
        arguments = parser.parse_args()
        for group in [arguments.only] if arguments.only else GROUPS:
            fetch(os.path.abspath(arguments.prefix), group)
    except Problem as problem:
        say(str(problem))
        return problem.code
    except OSError as error:
        say(f"{error.filename or 'disk'}: required to read and write it, came: {error.strerror}; mend that and repeat")
        return 7
    except KeyboardInterrupt:
        say("stopped; repeat the command to go on with what is already fetched")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
