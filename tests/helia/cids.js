// The CIDs that Helia's importer gives to files, and to directories of files, as a JSON list.
//
//	node cids.js CHUNK LINKS PATH...    bytes of a chunk, links of a node

import { createReadStream, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'

const [chunk, links, ...paths] = process.argv.slice(2)
const options = {
  cidVersion: 1,
  rawLeaves: true,
  chunker: fixedSize({ chunkSize: Number(chunk) }),
  layout: balanced({ maxChildrenPerNode: Number(links) })
}

// Blocks are hashed and forgotten.
const nowhere = {
  put: async cid => cid,
  has: async () => false
}

function sources (path) {
  const read = file => createReadStream(file, { highWaterMark: 1 << 20 })
  if (!statSync(path).isDirectory()) {
    return [{ content: read(path) }]
  }
  return readdirSync(path).sort().map(name => ({ path: `${basename(path)}/${name}`, content: read(join(path, name)) }))
}

const cids = []
for (const path of paths) {
  let root
  for await (const entry of importer(sources(path), nowhere, options)) {
    root = entry.cid.toString()
  }
  cids.push(root)
}
console.log(JSON.stringify(cids))
