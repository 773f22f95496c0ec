#!/bin/sh
# Packs the release builds, the libtorch that the worker was built with, and the units into one archive for other
# machines (Linux x86-64, glibc as old as this machine's or newer). There, as root:
#   tar --no-overwrite-dir -C / -xzf praxis.tar.gz && systemd-sysusers && systemctl daemon-reload
#
# Usage: deploy/package.sh [FILE]       FILE is praxis.tar.gz by default.
#        TARGET=path/to/release         where the programs are; target/release by default.
set -eu
file=${1:-praxis.tar.gz}
here=$(dirname "$0")
target=${TARGET:-$here/../target/release}
for program in praxis-node praxis-worker; do
	if [ ! -x "$target/$program" ]; then
		echo "$target/$program is missing: cargo build --release -p praxis-node -p praxis-worker --features praxis-node/metadata-hash" >&2
		exit 2
	fi
done
torch=$(ldd "$target/praxis-worker" | sed -n 's|.*=> \(.*\)/lib/libtorch_cpu\.so .*|\1|p')
if [ -z "$torch" ]; then
	echo "the worker does not find its libtorch: run cargo xtask setup and build it again" >&2
	exit 1
fi
# On other machines the worker finds its libtorch by its own place only: see offchain-worker/build.rs.
# shellcheck disable=SC2016
if ! grep -aqF '$ORIGIN/../lib/praxis/torch/lib' "$target/praxis-worker"; then
	echo "$target/praxis-worker was built before it looked for libtorch where this archive puts it: build it again" >&2
	exit 1
fi
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
install -D -m 755 -t "$root/usr/local/bin" "$target/praxis-node" "$target/praxis-worker" \
	"$here/praxis-keys" "$here/praxis-spec"
install -D -m 644 -t "$root/etc/systemd/system" "$here/praxis-node.service" "$here/praxis-worker.service"
install -D -m 644 "$here/sysusers.conf" "$root/usr/lib/sysusers.d/praxis.conf"
install -D -m 644 -t "$root/usr/local/share/praxis" "$here/node.env" "$here/worker.toml" "$here/praxis-worker-gpu.conf"
install -D -m 644 -t "$root/usr/local/share/praxis/prometheus" "$here"/../ops/prometheus/*.yml
install -D -m 644 -t "$root/usr/local/share/praxis/grafana" "$here"/../ops/grafana/*.json
# The worker finds them there from its own place, and they find each other by theirs.
libraries=$root/usr/local/lib/praxis
mkdir -p "$libraries/torch"
cp -rL "$torch/lib" "$libraries/torch/"
# `praxis-worker doctor` tells its version by them.
for name in build-version version.py; do
	[ ! -f "$torch/$name" ] || install -m 644 -t "$libraries/torch" "$torch/$name"
done
if [ -d "$torch/../nvidia" ]; then
	cp -rL "$torch/../nvidia" "$libraries/"
	find "$libraries/nvidia" -type d -name include -prune -exec rm -rf {} +
fi
find "$libraries" -name '*.a' -delete
tar --owner=0 --group=0 --mode=u+rwX,go+rX,go-w -C "$root" -czf "$file" usr etc
echo "$file: $(du -h "$file" | cut -f1)" >&2
